/** What the customer's page and the join page say. Tests find their controls by these words too. */

const ko = {
  loading: '불러오는 중이에요',
  restaurant: '가게',

  // The customer's page: what is so.
  waiting: '순서를 기다리고 있어요',
  waitingMeans: '부르면 이 화면에서 바로 알려 드려요. 화면을 열어 두세요.',
  near: '곧 차례예요',
  nearMeans: '가게 가까이에서 기다려 주세요.',
  next: '다음 차례예요',
  firstCall: '지금 와 주세요',
  /** @param {string} time */
  firstCallMeans: (time) => `자리가 준비됐어요. ${time}까지 답이 없으면 순서가 넘어가요.`,
  finalCall: '마지막 호출이에요',
  /** @param {string} time */
  finalCallMeans: (time) => `지금 와 주세요. ${time}까지 답이 없으면 순서를 잃어요.`,
  coming: '가게로 오고 계세요',
  /** @param {string} time */
  comingMeans: (time) => `${time}까지 와 주세요. 늦으면 가게가 한 번 더 부르거나 대기를 취소할 수 있어요.`,
  comingLate: '도착 시간이 지났어요',
  comingLateMeans: '아직 자리가 있어요. 서둘러 주세요. 가게가 한 번 더 부르거나 대기를 취소할 수 있어요.',
  arrived: '도착을 알렸어요',
  arrivedMeans: '직원에게 이 번호를 보여 주세요.',
  entered: '맛있게 드세요',
  enteredMeans: '자리로 안내해 드렸어요. 와 주셔서 고마워요.',
  cancelled: '대기를 취소했어요',
  cancelledMeans: '다음에 또 와 주세요.',
  ownerCancelled: '가게에서 대기를 취소했어요',
  ownerCancelledMeans: '궁금한 점은 가게에 물어봐 주세요.',
  missed: '호출을 놓쳤어요',
  missedMeans:
    '순서가 다음 팀으로 넘어갔어요. 가게가 한 번 더 부를 수 있으니 이 화면을 열어 두세요. 가게 앞이라면 직원에게 번호를 말해 주세요.',
  missedForGood: '호출을 놓친 채 영업이 끝났어요',
  missedForGoodMeans: '오늘은 다시 부르지 않아요.',
  noShow: '호출에 두 번 답이 없어 대기가 끝났어요',
  noShowMeans: '노쇼로 기록됐어요. 가게 앞이라면 직원에게 말해 주세요.',
  deleted: '가게에서 대기를 지웠어요',
  deletedMeans: '궁금한 점은 가게에 물어봐 주세요.',
  notFound: '대기를 찾을 수 없어요',
  notFoundMeans: '가게에서 지웠거나 주소가 맞지 않아요. 다시 기다리려면 가게의 QR 코드를 찍어 주세요.',
  badLink: '이 링크로는 열 수 없어요',
  badLinkMeans: '기한이 지났거나 주소 일부가 빠졌어요. 받은 링크를 다시 열거나 가게의 QR 코드를 찍어 주세요.',
  /** @type {Readonly<Record<string, string>>} */
  reasons: {
    DAY_CLOSED: '오늘 영업이 끝나서 대기를 마쳤어요.',
    DELETED: '가게에서 대기를 지웠어요.',
  },
  /** @param {string} reason */
  reason: (reason) => `이유: ${reason}`,

  // Its figures.
  position: '내 순서',
  /** @type {(n: number) => string} */
  ordinal: () => '번째',
  teamsAhead: '내 앞',
  /** @param {number} n */
  teams: (n) => `${n}팀`,
  wait: '예상 대기',
  soon: '곧',
  /** @param {number} n */
  aboutMinutes: (n) => `약 ${n}분`,
  ticket: '대기 번호',
  party: '인원',
  /** @param {number} n */
  people: (n) => `${n}명`,
  since: '등록',
  /** @param {string} time @param {number} minutes */
  sinceTime: (time, minutes) => (minutes < 1 ? time : `${time} · ${minutes}분째`),
  toAnswer: '답할 시간',
  toArrive: '도착까지',
  checking: '확인하는 중',
  timeOver: '시간이 지났어요',
  /** @param {{ position: number, teamsAhead: number, wait: string }} place */
  placeSaid: ({ position, teamsAhead, wait }) =>
    `내 순서 ${position}번째, 앞에 ${teamsAhead}팀, 예상 대기 ${wait}`,
  /** @param {number} n */
  minutesLeft: (n) => (n === 0 ? '남은 시간이 없어요' : `남은 시간 ${n}분`),

  // Its controls.
  answerWhen: '몇 분 뒤에 도착하세요?',
  /** @param {number} n */
  comeIn: (n) => `${n}분 뒤`,
  otherTime: '다른 시간 고르기',
  moveTime: '도착까지 걸리는 시간',
  /** @param {number} n */
  answerWith: (n) => `${n}분 뒤 도착한다고 알리기`,
  arrive: '도착했어요',
  cancel: '대기 취소',
  cancelTitle: '대기를 취소할까요?',
  cancelMeans: '지금 순서는 사라지고 되돌릴 수 없어요.',
  cancelYes: '네, 취소할게요',
  cancelNo: '아니요, 계속할게요',
  rejoin: '다시 대기하기',
  soundOn: '소리 켜기',
  soundOff: '소리 끄기',
  push: '잠금 화면에도 알림 받기',
  sending: '보내는 중이에요',

  // The join page.
  joinTitle: '대기 등록',
  teamsWaiting: '지금 대기',
  waitNow: '지금 등록하면',
  open: '대기를 받고 있어요',
  full: '지금은 대기가 꽉 찼어요',
  /** @param {number} n */
  fullMeans: (n) => `${n}팀까지 받아요. 자리가 나면 바로 등록할 수 있어요.`,
  closed: '지금은 대기를 받지 않아요',
  /** @param {string} when */
  opensAt: (when) => `${when}부터 대기를 받아요.`,
  closedMeans: '영업 시간에 다시 와 주세요.',
  /** @param {string} when */
  closesAt: (when) => `${when}까지`,
  /** @param {number} month @param {number} day @param {string} time */
  dateTime: (month, day, time) => `${month}월 ${day}일 ${time}`,
  partySize: '몇 분이세요?',
  /** @param {number} min @param {number} max */
  partyBounds: (min, max) => (min === max ? `${min}명만 받아요` : `${min}명부터 ${max}명까지`),
  fewer: '한 명 줄이기',
  more: '한 명 늘리기',
  /** @param {number} n */
  join: (n) => `${n}명 대기 등록`,
  joining: '등록하는 중이에요',
  joinMeans: '전화번호 없이 등록하고, 차례는 이 휴대폰으로 알려 드려요.',
  alreadyHere: '이미 기다리고 있어요',
  /** @param {number} ticket */
  alreadyTicket: (ticket) => `대기 번호 ${ticket}`,
  showWaiting: '내 대기 보기',
  joinBadLink: '이 주소로는 등록할 수 없어요',
  joinBadLinkMeans: '가게의 QR 코드를 다시 찍어 주세요.',

  // What went wrong.
  /** @param {string} time */
  offline: (time) => `연결이 끊겼어요. ${time}에 본 내용이에요. 연결되면 저절로 이어져요.`,
  offlineNew: '연결이 끊겼어요. 연결되면 저절로 이어져요.',
  /** @param {string} time */
  reconnecting: (time) => `다시 연결하는 중이에요. ${time}에 본 내용이에요.`,
  unreachable: '보내지 못했어요. 연결을 확인하고 다시 눌러 주세요. 여러 번 눌러도 한 번만 처리돼요.',
  /** @type {Readonly<Record<string, string>>} */
  refusals: {
    ALREADY_WAITING: '이미 이 가게에서 기다리고 있어요. 처음 등록한 화면을 열어 주세요.',
    QUEUE_FULL: '방금 대기가 꽉 찼어요. 잠시 뒤에 다시 눌러 주세요.',
    DATES_NOT_FOUND: '지금은 대기를 받지 않아요.',
    OUTSIDE_BUSINESS_HOURS: '지금은 대기를 받는 시간이 아니에요.',
    PARTY_SIZE: '이 인원은 받을 수 없어요. 인원을 바꿔 주세요.',
    CALL_LAPSED: '답할 시간이 지났어요. 직원에게 말해 주세요.',
    INVALID_TRANSITION: '그사이 상태가 바뀌어서 처리하지 못했어요.',
    MOVE_TIME: '그 시간은 고를 수 없어요. 더 짧게 골라 주세요.',
    WAITING_NOT_FOUND: '대기를 찾을 수 없어요.',
    RESTAURANT_NOT_FOUND: '가게를 찾을 수 없어요.',
    UNAUTHENTICATED: '링크 기한이 지났어요. 가게의 QR 코드를 다시 찍어 주세요.',
    FORBIDDEN: '이 링크로는 할 수 없는 일이에요.',
    TOO_MANY_REQUESTS: '잠깐 동안 너무 많이 눌렀어요. 조금 뒤에 다시 눌러 주세요.',
  },
  refusedOtherwise: '처리하지 못했어요. 잠시 뒤에 다시 눌러 주세요.',
};

/** @typedef {typeof ko} Words */

/** @param {number} n */
const ordinalEnding = (n) => ({ one: 'st', two: 'nd', few: 'rd' })[String(ordinals.select(n))] ?? 'th';
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });

/** @param {number} n @param {string} one @param {string} many */
const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;

/** @type {Words} */
const en = {
  loading: 'Loading',
  restaurant: 'Restaurant',

  waiting: 'You are in line',
  waitingMeans: 'You will be called right here. Keep this page open.',
  near: 'Almost your turn',
  nearMeans: 'Please wait close by.',
  next: 'You are next',
  firstCall: 'Please come now',
  firstCallMeans: (time) => `Your table is ready. Without an answer by ${time} your turn passes on.`,
  finalCall: 'Final call',
  finalCallMeans: (time) => `Please come now. Without an answer by ${time} you lose your place.`,
  coming: 'You are on your way',
  comingMeans: (time) =>
    `Please be here by ${time}. If you are late, you may be called once more or cancelled.`,
  comingLate: 'Your arrival time has passed',
  comingLateMeans: 'You still have your place. Please hurry: you may be called once more or cancelled.',
  arrived: 'We know you are here',
  arrivedMeans: 'Please show this number to the staff.',
  entered: 'Enjoy your meal',
  enteredMeans: 'You have been seated. Thank you for coming.',
  cancelled: 'You cancelled your waiting',
  cancelledMeans: 'We hope to see you again.',
  ownerCancelled: 'The restaurant cancelled your waiting',
  ownerCancelledMeans: 'Please ask the restaurant if you have any questions.',
  missed: 'You missed the call',
  missedMeans:
    'Your turn passed to the next party. You may be called once more, so keep this page open. If you are at the door, tell the staff your number.',
  missedForGood: 'You missed the call, and the day is over',
  missedForGoodMeans: 'You will not be called again today.',
  noShow: 'Two calls went unanswered, so your waiting is over',
  noShowMeans: 'It is on record as a no-show. If you are at the door, please tell the staff.',
  deleted: 'The restaurant removed your waiting',
  deletedMeans: 'Please ask the restaurant if you have any questions.',
  notFound: 'There is no such waiting',
  notFoundMeans:
    "The restaurant removed it, or the address is not right. To wait, scan the restaurant's QR code.",
  badLink: 'This link does not open',
  badLinkMeans:
    "It has expired, or a part of it is missing. Open the link you were given again, or scan the restaurant's QR code.",
  reasons: {
    DAY_CLOSED: 'The restaurant closed for the day.',
    DELETED: 'The restaurant removed the waiting.',
  },
  reason: (reason) => `Reason: ${reason}`,

  position: 'Your place',
  ordinal: ordinalEnding,
  teamsAhead: 'Ahead',
  teams: (n) => counted(n, 'party', 'parties'),
  wait: 'Wait',
  soon: 'soon',
  aboutMinutes: (n) => `about ${n} min`,
  ticket: 'Ticket',
  party: 'Party',
  people: (n) => counted(n, 'person', 'people'),
  since: 'Joined',
  sinceTime: (time, minutes) => (minutes < 1 ? time : `${time} · ${minutes} min ago`),
  toAnswer: 'to answer',
  toArrive: 'to arrive',
  checking: 'checking',
  timeOver: 'time is up',
  placeSaid: ({ position, teamsAhead, wait }) =>
    `Your place is ${position}${ordinalEnding(position)}, ${counted(teamsAhead, 'party', 'parties')} ahead, wait: ${wait}`,
  minutesLeft: (n) => (n === 0 ? 'No time left' : `${counted(n, 'minute', 'minutes')} left`),

  answerWhen: 'When will you be here?',
  comeIn: (n) => `In ${n} min`,
  otherTime: 'Another time',
  moveTime: 'Time until you arrive',
  answerWith: (n) => `Say that you arrive in ${n} min`,
  arrive: 'I am here',
  cancel: 'Cancel waiting',
  cancelTitle: 'Cancel your waiting?',
  cancelMeans: 'Your place will be gone, and this cannot be undone.',
  cancelYes: 'Yes, cancel it',
  cancelNo: 'No, keep it',
  rejoin: 'Join the line again',
  soundOn: 'Turn sound on',
  soundOff: 'Turn sound off',
  push: 'Notify me on the lock screen too',
  sending: 'Sending',

  joinTitle: 'Join the line',
  teamsWaiting: 'Waiting now',
  waitNow: 'If you join now',
  open: 'Taking parties now',
  full: 'The line is full right now',
  fullMeans: (n) => `It takes ${n} parties. You can join as soon as one leaves.`,
  closed: 'Not taking parties right now',
  opensAt: (when) => `The line opens at ${when}.`,
  closedMeans: 'Please come back during opening hours.',
  closesAt: (when) => `until ${when}`,
  dateTime: (month, day, time) => `${time} on ${month}/${day}`,
  partySize: 'How many are you?',
  partyBounds: (min, max) => (min === max ? `parties of ${min} only` : `from ${min} to ${max}`),
  fewer: 'One fewer',
  more: 'One more',
  join: (n) => `Join with ${counted(n, 'person', 'people')}`,
  joining: 'Joining',
  joinMeans: 'No phone number needed. You will be called on this phone.',
  alreadyHere: 'You are already in line',
  alreadyTicket: (ticket) => `Ticket ${ticket}`,
  showWaiting: 'Show my place',
  joinBadLink: 'This address does not open the line',
  joinBadLinkMeans: "Please scan the restaurant's QR code again.",

  offline: (time) =>
    `You are offline. This is how it was at ${time}. It goes on by itself once you are back.`,
  offlineNew: 'You are offline. It goes on by itself once you are back.',
  reconnecting: (time) => `Reconnecting. This is how it was at ${time}.`,
  unreachable:
    'That was not sent. Check your connection and tap again. However often you tap, it happens only once.',
  refusals: {
    ALREADY_WAITING: 'You are already waiting here. Please open the page you joined with.',
    QUEUE_FULL: 'The line has just become full. Please try again in a moment.',
    DATES_NOT_FOUND: 'The restaurant is not taking parties right now.',
    OUTSIDE_BUSINESS_HOURS: 'The restaurant is not taking parties at this time.',
    PARTY_SIZE: 'This party size cannot be seated. Please change it.',
    CALL_LAPSED: 'The time to answer is over. Please talk to the staff.',
    INVALID_TRANSITION: 'Things changed in the meantime, so this was not done.',
    MOVE_TIME: 'That is too long. Please choose a shorter time.',
    WAITING_NOT_FOUND: 'There is no such waiting.',
    RESTAURANT_NOT_FOUND: 'There is no such restaurant.',
    UNAUTHENTICATED: "This link has expired. Please scan the restaurant's QR code again.",
    FORBIDDEN: 'This link cannot do that.',
    TOO_MANY_REQUESTS: 'That was too often. Please try again in a moment.',
  },
  refusedOtherwise: 'That did not work. Please try again in a moment.',
};

export const words = { ko, en };
