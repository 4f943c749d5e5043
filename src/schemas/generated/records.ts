// Generated from the .avsc files by `npm run generate`. Do not edit.

/** Who asks. */
export interface Actor {
  readonly role: ActorRole;
  /** The actor's own id, as the sender knows it. */
  readonly id: string | null;
}

/** On whose behalf a command is sent. */
export type ActorRole = 'OWNER' | 'CUSTOMER' | 'SERVICE' | 'SYSTEM';

/** Which of the two calls. */
export type Call = 'FIRST' | 'FINAL';

/** A no-show on record. */
export interface NoShow {
  /** restaurantId × 10,000,000 + n. */
  readonly noShowId: number;
  readonly userId: number;
  readonly waitingId: number | null;
  readonly datesId: number | null;
  readonly reason: string | null;
  readonly createdAt: number;
}

/** CUSTOMER: id is the userId. OWNER: id is the restaurantId. */
export type Recipient = 'CUSTOMER' | 'OWNER';

/** How a restaurant runs its queue. Every default of a rule is here, hence in the log. */
export interface Settings {
  readonly name: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Teams that may hold a place at once. */
  readonly maxTeams: number;
  /** Smallest party. */
  readonly minUserCount: number;
  /** Largest party. */
  readonly maxUserCount: number;
  /** Time to answer a call. */
  readonly answerMinutes: number;
  /** Longest move time a customer may choose. */
  readonly maxMoveMinutes: number;
  /** Start value of the estimate, until the day has seatings of its own. */
  readonly minutesPerTeam: number;
  /** Length of a minute of this restaurant in milliseconds: 60000, less only where time is compressed for a demonstration. */
  readonly minuteMillis: number;
}

/** ANSWER: a call is to be answered. MOVE: a customer on the way is to arrive. CLOSE: a business day closes by itself. */
export type TimerKind = 'ANSWER' | 'MOVE' | 'CLOSE';

/** One team in a queue, as it is after the transition that carries it. */
export interface Waiting {
  /** restaurantId × 10,000,000 + n. */
  readonly waitingId: number;
  readonly datesId: number;
  readonly ticketNo: number;
  readonly userId: number;
  readonly userCount: number;
  readonly status: WaitingStatus;
  readonly createdAt: number;
  /** Calls that lapsed so far: 0, 1 or 2. */
  readonly unanswered: number;
  /** The customer was told, or never needs to be told, that the turn is near. */
  readonly soonTold: boolean;
  /** The last call. */
  readonly calledAt: number | null;
  /** Answer or arrival due. */
  readonly deadlineAt: number | null;
  readonly moveMinutes: number | null;
  /** COMMING: the move time ran out. */
  readonly moveTimeOver: boolean;
  readonly finishedAt: number | null;
  /** Why it was cancelled or closed. */
  readonly reason: string | null;
}

/** The states of a waiting, spelled as in the original service. */
export type WaitingStatus =
  | 'WAITING'
  | 'FIRST_CALLED'
  | 'FINAL_CALLED'
  | 'COMMING'
  | 'ARRIVED'
  | 'NO_ANSWER'
  | 'ENTERED'
  | 'NO_ANSWER2'
  | 'OWNER_CANCEL'
  | 'CANCEL';

/** The customer says how soon they come. */
export interface AnswerCall {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
  readonly moveMinutes: number;
}

/** The owner calls a team; the state decides which call is due. */
export interface CallWaiting {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
  /** When given, refused unless it is the call that is due. */
  readonly call: Call | null;
}

/** Ends a waiting; the actor's role decides between CANCEL and OWNER_CANCEL. */
export interface CancelWaiting {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
  readonly reason: string | null;
}

/** Ends a business day for the teams still in its queue. */
export interface CloseBusinessDay {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly datesId: number;
  /** Set when the day closes by itself: void unless this is still when it is due. */
  readonly dueAt: number | null;
}

/** Creates a restaurant or changes its settings. */
export interface ConfigureRestaurant {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly settings: Settings;
}

/** Removes every no-show of the restaurant registered so far. */
export interface DeleteAllNoShows {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
}

/** Removes every waiting of the restaurant registered so far. */
export interface DeleteAllWaitings {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
}

/** Removes a no-show. */
export interface DeleteNoShow {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly noShowId: number;
}

/** Removes a waiting from the queue and from every list. */
export interface DeleteWaiting {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
}

/** No answer could be logged, decided and published in this stretch: deadlines that ran in it grow by it. */
export interface ExcuseStall {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  /** Broker time. */
  readonly from: number;
  /** Broker time; the command's own append time where that is earlier. */
  readonly until: number;
}

/** Lets a deadline pass if it is still pending; else changes nothing. */
export interface ExpireTimer {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
  readonly kind: TimerKind;
  readonly deadline: number;
  /** The sender vouches that no stall went unaccounted up to here: void when appended later. null: it does not say. */
  readonly validUntil: number | null;
}

/** The customer is at the door. */
export interface MarkArrived {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
}

/** The owner seats the team. */
export interface MarkEntered {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly waitingId: number;
}

/** Opens a business day, or changes its hours. */
export interface OpenBusinessDay {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly datesId: number;
  /** Local date in the restaurant's time zone, YYYY-MM-DD. */
  readonly date: string;
  readonly opensAt: number;
  readonly closesAt: number;
}

/** Puts a no-show on record by hand. */
export interface RegisterNoShow {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly userId: number;
  readonly waitingId: number | null;
  readonly datesId: number | null;
  readonly reason: string | null;
}

/** A team takes a number. */
export interface RegisterWaiting {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
  readonly datesId: number;
  readonly userId: number;
  readonly userCount: number;
}

/** Voids every link that a tablet of the restaurant was paired by so far. */
export interface RevokePairings {
  /** The same id again within 24 h answers the first outcome. */
  readonly commandId: string;
  /** Equals the record key. */
  readonly restaurantId: number;
  readonly actor: Actor;
  /** The sender's clock; for measuring only. */
  readonly issuedAt: number;
}

/** Every no-show up to and with this id was removed. */
export interface AllNoShowsDeleted {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly throughNoShowId: number;
}

/** Every waiting up to and with this id was removed from every list. */
export interface AllWaitingsDeleted {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly throughWaitingId: number;
}

/** A business day ended. */
export interface BusinessDayClosed {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly datesId: number;
}

/** A business day was opened, opened again, or got other hours. */
export interface BusinessDayOpened {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly datesId: number;
  readonly date: string;
  readonly opensAt: number;
  readonly closesAt: number;
}

/** The customer is on the way. */
export interface CallAnswered {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** A call went unanswered: the first makes NO_ANSWER, the second NO_ANSWER2. */
export interface CallLapsed {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** A command was refused: nothing changed. */
export interface CommandRejected {
  readonly restaurantId: number;
  readonly at: number;
  readonly commandId: string;
  /** Its record name. */
  readonly command: string;
  readonly code: string;
  readonly detail: string;
}

/** A stall of the service cost a customer time, who gets it back. */
export interface DeadlineExtended {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
  /** No stall before this instant counts again in this queue. */
  readonly excusedUntil: number;
}

/** The customer did not arrive in the time they chose. */
export interface MoveTimeLapsed {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** The day closed on a team that had not answered. */
export interface NoAnswerDismissed {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** A no-show was removed. */
export interface NoShowDeleted {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly noShowId: number;
}

/** A no-show was put on record. */
export interface NoShowRegistered {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly noShow: NoShow;
}

/** The links that tablets were paired by are void. */
export interface PairingsRevoked {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** The generation of the links that are valid from here on: 1, 2, 3 … over the revocations. */
  readonly pairing: number;
}

/** Settings took effect. */
export interface RestaurantConfigured {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly settings: Settings;
}

/** The position got to 3 or less. */
export interface TurnNear {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
  readonly position: number;
}

/** The customer is at the door. */
export interface WaitingArrived {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** A team was called. */
export interface WaitingCalled {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
  readonly call: Call;
}

/** The waiting was cancelled, by the customer (CANCEL) or the owner (OWNER_CANCEL). */
export interface WaitingCancelled {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** A waiting was removed from every list. */
export interface WaitingDeleted {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  readonly waitingId: number;
  /** The team as it stood, when it was still in the queue. */
  readonly live: Waiting | null;
}

/** The team was seated. */
export interface WaitingEntered {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
}

/** A team took a number. */
export interface WaitingRegistered {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
  /** As it is after this event. */
  readonly waiting: Waiting;
  readonly position: number;
  readonly estimatedWaitMinutes: number;
}

/** What one side is told of one transition. Carries no phone number. */
export interface Notification {
  readonly restaurantId: number;
  /** Of the event that it tells of. */
  readonly version: number;
  readonly at: number;
  readonly recipient: Recipient;
  readonly recipientId: string;
  readonly template: string;
  readonly waitingId: number;
  readonly ticketNo: number;
  readonly userCount: number;
  readonly status: WaitingStatus;
  readonly position: number | null;
  readonly estimatedWaitMinutes: number | null;
  readonly deadlineAt: number | null;
  readonly moveMinutes: number | null;
  readonly reason: string | null;
}

/** What is due when, for observers. */
export interface TimerScheduled {
  readonly restaurantId: number;
  readonly kind: TimerKind;
  /** waitingId, or datesId for CLOSE. */
  readonly subjectId: number;
  readonly deadline: number;
  readonly at: number;
}

/** The one answer to a command. */
export interface Outcome {
  readonly commandId: string;
  readonly restaurantId: number;
  readonly at: number;
  /** The queue's version after it. */
  readonly version: number;
  /** Why it was rejected; null: accepted. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly waiting: Waiting | null;
  readonly position: number | null;
  readonly estimatedWaitMinutes: number | null;
  readonly noShow: NoShow | null;
}

/** All that deciding needs of one queue. */
export interface QueueState {
  readonly restaurantId: number;
  readonly settings: Settings | null;
  readonly version: number;
  /** Log time of the last command. */
  readonly at: number;
  /** Commands decided so far. */
  readonly decided: number;
  /** n of the newest waitingId. */
  readonly lastWaiting: number;
  /** n of the newest noShowId. */
  readonly lastNoShow: number;
  /** Highest datesId closed for so long that it may not open again. */
  readonly forgottenDatesId: number;
  readonly days: readonly BusinessDay[];
  /** By waitingId: unfinished ones, and those just finished. */
  readonly waitings: readonly Waiting[];
  /** Fresh ones. */
  readonly noShows: readonly NoShow[];
  readonly deletedWaitings: readonly DeletionMark[];
  readonly deletedNoShows: readonly DeletionMark[];
  readonly waitingsDeletedThrough: number;
  readonly noShowsDeletedThrough: number;
  /** How often the links that tablets are paired by were revoked. */
  readonly pairing: number;
  /** Stalls before this instant have extended the deadlines that ran then. */
  readonly excusedUntil: number;
}

/** One opening of the restaurant. */
export interface BusinessDay {
  readonly datesId: number;
  readonly date: string;
  readonly opensAt: number;
  readonly closesAt: number;
  readonly closedAt: number | null;
  /** Tickets given so far. */
  readonly tickets: number;
  /** Instants of the last seatings. */
  readonly seatings: readonly number[];
}

/** What was removed, and when. */
export interface DeletionMark {
  readonly id: number;
  readonly at: number;
}

/** One bucket of the command ids a queue has decided, with their outcomes. */
export interface RememberedCommands {
  readonly commands: readonly RememberedCommand[];
}

export interface RememberedCommand {
  /** Which command of the queue it was. */
  readonly seq: number;
  readonly bodyHash: string;
  readonly outcome: Outcome;
}

/** A claim; its own offset is the epoch. */
export interface TaskOwner {
  readonly owner: string;
  readonly at: number;
}

/** E: outputs are exactly those of all inputs before this offset. */
export interface TaskPosition {
  readonly next: number;
  /** Broker time up to which every stall of this partition is accounted for; null: nobody has measured yet. */
  readonly wellAt: number | null;
  /** Broker time of the last beat that was published; null: none was. */
  readonly beatAt: number | null;
  /** How many partitions the commands had when this was written: which keys are here follows from it. null: a build wrote it that did not say. */
  readonly partitions: number | null;
}

/** A record that can never be processed, whole. */
export interface DeadLetter {
  readonly reason: string;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

export interface Header {
  readonly key: string;
  readonly value: Buffer;
}

/** Every record that travels on a topic, by its name. */

export interface Records {
  readonly AnswerCall: AnswerCall;
  readonly CallWaiting: CallWaiting;
  readonly CancelWaiting: CancelWaiting;
  readonly CloseBusinessDay: CloseBusinessDay;
  readonly ConfigureRestaurant: ConfigureRestaurant;
  readonly DeleteAllNoShows: DeleteAllNoShows;
  readonly DeleteAllWaitings: DeleteAllWaitings;
  readonly DeleteNoShow: DeleteNoShow;
  readonly DeleteWaiting: DeleteWaiting;
  readonly ExcuseStall: ExcuseStall;
  readonly ExpireTimer: ExpireTimer;
  readonly MarkArrived: MarkArrived;
  readonly MarkEntered: MarkEntered;
  readonly OpenBusinessDay: OpenBusinessDay;
  readonly RegisterNoShow: RegisterNoShow;
  readonly RegisterWaiting: RegisterWaiting;
  readonly RevokePairings: RevokePairings;
  readonly AllNoShowsDeleted: AllNoShowsDeleted;
  readonly AllWaitingsDeleted: AllWaitingsDeleted;
  readonly BusinessDayClosed: BusinessDayClosed;
  readonly BusinessDayOpened: BusinessDayOpened;
  readonly CallAnswered: CallAnswered;
  readonly CallLapsed: CallLapsed;
  readonly CommandRejected: CommandRejected;
  readonly DeadlineExtended: DeadlineExtended;
  readonly MoveTimeLapsed: MoveTimeLapsed;
  readonly NoAnswerDismissed: NoAnswerDismissed;
  readonly NoShowDeleted: NoShowDeleted;
  readonly NoShowRegistered: NoShowRegistered;
  readonly PairingsRevoked: PairingsRevoked;
  readonly RestaurantConfigured: RestaurantConfigured;
  readonly TurnNear: TurnNear;
  readonly WaitingArrived: WaitingArrived;
  readonly WaitingCalled: WaitingCalled;
  readonly WaitingCancelled: WaitingCancelled;
  readonly WaitingDeleted: WaitingDeleted;
  readonly WaitingEntered: WaitingEntered;
  readonly WaitingRegistered: WaitingRegistered;
  readonly Notification: Notification;
  readonly TimerScheduled: TimerScheduled;
  readonly Outcome: Outcome;
  readonly QueueState: QueueState;
  readonly RememberedCommands: RememberedCommands;
  readonly TaskOwner: TaskOwner;
  readonly TaskPosition: TaskPosition;
  readonly DeadLetter: DeadLetter;
}

export type RecordName = keyof Records;
