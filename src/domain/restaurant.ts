import type { CommandOf } from './command.ts';
import type { Decision } from './decision.ts';
import type { Queue } from './queue.ts';

/** ConfigureRestaurant: creates the queue or changes how it is run. Deadlines already running keep their time. */
export const configureRestaurant = (_queue: Queue, command: CommandOf<'ConfigureRestaurant'>): Decision => [
  { type: 'RestaurantConfigured', settings: command.settings },
];
