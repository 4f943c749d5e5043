/**
 * Which rules these are. Every event names the version that decided it, so that whoever decides the command log again
 * knows whether the same must come of it.
 *
 * Raise it with every change after which `handle` gives another queue, other events or another outcome for some command
 * log: in deciding, evolving, remembering or forgetting. A command that is new, and was never in a log, changes nothing.
 */
export const rulesVersion = 4;
