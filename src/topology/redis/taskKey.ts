/** The hash of a task; the braces keep all of a task in one slot of a Redis cluster. */
export const taskKey = (application: string, topic: string, partition: number): string =>
  `${application}:{${topic}-${partition}}`;
