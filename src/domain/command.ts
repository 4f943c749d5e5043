/** What somebody asks of a queue. Every member has a record of the same name in `schemas/commands`. */
export interface Actor {
  readonly role: 'OWNER' | 'CUSTOMER' | 'SERVICE' | 'SYSTEM';
  /** A customer's is its userId; null: the sender has no identities. */
  readonly id: string | null;
}

export type Call = 'FIRST' | 'FINAL';
export type TimerKind = 'ANSWER' | 'MOVE' | 'CLOSE';

/** How a restaurant runs its queue: every default of a rule stands here, hence in the log. */
export interface Settings {
  readonly name: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly maxTeams: number;
  readonly minUserCount: number;
  readonly maxUserCount: number;
  readonly answerMinutes: number;
  readonly maxMoveMinutes: number;
  /** Start value of the estimate. */
  readonly minutesPerTeam: number;
  /** Length of this restaurant's minute: 60,000 but where time is compressed for a demonstration. */
  readonly minuteMillis: number;
}

interface Envelope {
  /** UUID; the same id again answers the first outcome. */
  readonly commandId: string;
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock, in milliseconds; for measuring only. */
  readonly issuedAt: number;
}

/** What is asked, without who asks and when. */
export type CommandBody =
  | { readonly type: 'ConfigureRestaurant'; readonly settings: Settings }
  | { readonly type: 'RevokePairings' }
  | {
      readonly type: 'OpenBusinessDay';
      readonly datesId: number;
      readonly date: string;
      readonly opensAt: number;
      readonly closesAt: number;
    }
  | { readonly type: 'CloseBusinessDay'; readonly datesId: number; readonly dueAt: number | null }
  | {
      readonly type: 'RegisterWaiting';
      readonly datesId: number;
      readonly userId: number;
      readonly userCount: number;
    }
  | { readonly type: 'CallWaiting'; readonly waitingId: number; readonly call: Call | null }
  | { readonly type: 'AnswerCall'; readonly waitingId: number; readonly moveMinutes: number }
  | { readonly type: 'MarkArrived'; readonly waitingId: number }
  | { readonly type: 'MarkEntered'; readonly waitingId: number }
  | { readonly type: 'CancelWaiting'; readonly waitingId: number; readonly reason: string | null }
  | { readonly type: 'DeleteWaiting'; readonly waitingId: number }
  | { readonly type: 'DeleteAllWaitings' }
  | {
      readonly type: 'RegisterNoShow';
      readonly userId: number;
      readonly waitingId: number | null;
      readonly datesId: number | null;
      readonly reason: string | null;
    }
  | { readonly type: 'DeleteNoShow'; readonly noShowId: number }
  | { readonly type: 'DeleteAllNoShows' }
  | {
      readonly type: 'ExpireTimer';
      readonly waitingId: number;
      readonly kind: TimerKind;
      readonly deadline: number;
      /** The sender vouches that no stall went unaccounted up to here: void when appended later. null: it does not say. */
      readonly validUntil: number | null;
    }
  | {
      /** In this stretch of log time no answer could be logged, decided and published. */
      readonly type: 'ExcuseStall';
      readonly from: number;
      readonly until: number;
    };

export type CommandType = CommandBody['type'];
export type Command = Envelope & CommandBody;
export type CommandOf<T extends CommandType> = Envelope & Extract<CommandBody, { type: T }>;
