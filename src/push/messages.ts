/** What of all that a customer is told is worth a locked phone: until when, how urgently, and in which words. */
import { DateTime } from 'luxon';
import type { Notification } from '../processors/notifications.ts';
import type { Language, Subscription } from './subscriptions.ts';

/**
 * The others say what the customer has just done, or happen in front of him. Without a deadline of its own a message is
 * worth sending for so many minutes: one that asks for something briefly, one about an end for longer.
 */
const pushed = {
  TURN_NEAR: { urgency: 'normal', minutes: 10, call: false },
  FIRST_CALL: { urgency: 'high', minutes: 10, call: true },
  FINAL_CALL: { urgency: 'high', minutes: 10, call: true },
  MOVE_TIME_OVER: { urgency: 'high', minutes: 10, call: false },
  // It may take the place of a call that has not been sent yet.
  DEADLINE_EXTENDED: { urgency: 'high', minutes: 10, call: true },
  NO_ANSWER: { urgency: 'normal', minutes: 30, call: false },
  NO_SHOW: { urgency: 'normal', minutes: 60, call: false },
  CANCELLED: { urgency: 'normal', minutes: 60, call: false },
} as const;
type Pushed = keyof typeof pushed;

const minute = 60_000;

/** What is older than this (ms) is not sent, whatever it is. */
export const usefulMillis = 60 * minute;

/** A message to one browser. */
export interface Message {
  /** JSON that the service worker shows: `{title, body, lang, tag, url, call}`. */
  readonly payload: string;
  /** When nobody needs it any more (ms). */
  readonly until: number;
  readonly urgency: 'high' | 'normal';
  /** What is still on its way under the same topic is replaced (RFC 8030: 32 characters at most). */
  readonly topic: string;
}

/** Whether it is for a customer's locked phone. */
export const isPushed = ({ recipient, template, status }: Notification): boolean =>
  recipient === 'CUSTOMER' &&
  template in pushed &&
  // Who cancels himself knows it.
  !(template === 'CANCELLED' && status === 'CANCEL');

/** Whether nothing can follow for its waiting. */
export const isLast = ({ template }: Notification): boolean =>
  template === 'ENTERED' || template === 'CANCELLED' || template === 'NO_SHOW';

/** Of a notification that is pushed. Names nobody: what people have written, such as a reason, is on the page alone. */
export function messageOf(told: Notification, { language, place }: Subscription): Message {
  const { waitingId } = told;
  const template = told.template as Pushed;
  const { urgency, minutes, call } = pushed[template];
  const clock = (at: number): string => DateTime.fromMillis(at, { zone: place.timeZone }).toFormat('HH:mm');
  const deadline = told.deadlineAt === null ? null : clock(told.deadlineAt);
  return {
    payload: JSON.stringify({
      title: place.name,
      body: texts[language][template](told, deadline),
      lang: language,
      // The newest of a waiting takes the place of the one before, and a repeat its own.
      tag: `waiting-${waitingId}`,
      url: `/w/${waitingId}`,
      call: call && told.status !== 'COMMING',
    }),
    until: told.deadlineAt ?? told.at + minutes * minute,
    urgency,
    topic: `waiting-${waitingId}`,
  };
}

type Text = (told: Notification, deadline: string | null) => string;

const texts: Readonly<Record<Language, Readonly<Record<Pushed, Text>>>> = {
  ko: {
    TURN_NEAR: ({ position, ticketNo }) =>
      `곧 순서예요. 앞에 ${ahead(position)}팀 남았으니 매장 근처로 와 주세요. (${ticketNo}번)`,
    FIRST_CALL: ({ ticketNo }, deadline) => `${ticketNo}번, 지금 와 주세요.${ko(deadline)}`,
    FINAL_CALL: ({ ticketNo }, deadline) => `${ticketNo}번, 마지막 호출이에요.${ko(deadline)}`,
    MOVE_TIME_OVER: () => '알려 주신 도착 시간이 지났어요. 도착하셨다면 도착했다고 알려 주세요.',
    DEADLINE_EXTENDED: ({ ticketNo, status }, deadline) =>
      `${ticketNo}번, 저희 서비스가 잠시 멈췄던 만큼 시간을 늘려 드렸어요.` +
      (status === 'COMMING' ? ` ${deadline ?? ''}까지 오시면 돼요.` : ` 지금 와 주세요.${ko(deadline)}`),
    NO_ANSWER: () => '호출에 답이 없어 순서가 지나갔어요. 매장에서 한 번 더 부를 수 있어요.',
    NO_SHOW: () => '두 번의 호출에 답이 없어 대기가 끝났어요.',
    CANCELLED: ({ reason }) =>
      reason === 'DAY_CLOSED' ? '영업이 끝나 대기가 취소되었어요.' : '매장에서 대기를 취소했어요.',
  },
  en: {
    TURN_NEAR: ({ position, ticketNo }) =>
      `Almost your turn: ${ahead(position)} ${ahead(position) === 1 ? 'party' : 'parties'} ahead. Please come near. (No. ${ticketNo})`,
    FIRST_CALL: ({ ticketNo }, deadline) => `No. ${ticketNo}, please come now.${en(deadline)}`,
    FINAL_CALL: ({ ticketNo }, deadline) => `No. ${ticketNo}, this is the last call.${en(deadline)}`,
    MOVE_TIME_OVER: () => 'Your time to arrive is over. If you are here, please say so.',
    DEADLINE_EXTENDED: ({ ticketNo, status }, deadline) =>
      `No. ${ticketNo}, our service was interrupted, so you have more time.` +
      (status === 'COMMING' ? ` Please arrive by ${deadline ?? ''}.` : ` Please come now.${en(deadline)}`),
    NO_ANSWER: () => 'Nobody answered the call, so your turn has passed. You may be called once more.',
    NO_SHOW: () => 'Nobody answered two calls, so your waiting is over.',
    CANCELLED: ({ reason }) =>
      reason === 'DAY_CLOSED'
        ? 'The restaurant has closed, so your waiting is cancelled.'
        : 'The restaurant has cancelled your waiting.',
  },
};

const ahead = (position: number | null): number => Math.max(0, (position ?? 1) - 1);
const ko = (deadline: string | null): string => (deadline === null ? '' : ` ${deadline}까지 답해 주세요.`);
const en = (deadline: string | null): string => (deadline === null ? '' : ` Please answer by ${deadline}.`);
