/** What the owner console says. Names of controls are here too: whoever looks for one finds it by these. */

/** @param {number} minutes */
const hoursAndMinutes = (minutes) => ({ hours: Math.floor(minutes / 60), rest: minutes % 60 });

const ko = {
  page: '대기 관리',
  /** @param {string} name of the restaurant */
  title: (name) => `${name} · 대기 관리`,
  skip: '대기열로 바로 가기',

  /** @param {string} time of day, as all `time` here */
  openUntil: (time) => `영업 중 · ${time}까지 접수`,
  /** @param {string} time */
  opensLater: (time) => `영업 전 · ${time}부터 접수`,
  registrationOver: '접수 마감 · 남은 팀만 받는 중',
  closed: '영업 종료',
  /** @param {number} teams @param {number} most */
  teams: (teams, most) => `${teams}팀 / 최대 ${most}팀`,
  connections: {
    live: '실시간 연결',
    connecting: '연결하는 중',
    polling: '5초마다 확인 중',
    offline: '연결 끊김',
  },
  /** @param {string} time */
  outage: (time) => `연결이 끊겼어요. ${time} 기준 화면이에요. 연결되면 저절로 바뀌어요.`,
  loading: '대기열을 불러오는 중이에요.',

  tools: '가게 설정',
  joinQr: 'QR 코드',
  openDay: '영업 시작',
  closeDay: '영업 마감',
  changeHours: '마감 시각',
  dismiss: '닫기',
  back: '돌아가기',

  line: '대기열',
  search: '번호로 찾기',
  searchHint: '번호',
  filter: '상태로 보기',
  filters: { all: '전체', waiting: '대기', called: '호출', coming: '오는 중', arrived: '도착' },
  /** @param {string} label @param {number} teams */
  filterOf: (label, teams) => `${label} ${teams}`,
  noTeams: '기다리는 팀이 없어요. QR 코드를 스캔하면 손님이 줄을 설 수 있어요.',
  notOpen: '지금은 접수를 받지 않아요. 영업을 시작하면 손님이 번호를 받을 수 있어요.',
  nothingFound: '찾는 팀이 대기열에 없어요.',
  arrowKeys: '↑ ↓ 키로 팀 사이를 옮겨 다닐 수 있어요.',

  /** @param {number} ticket */
  team: (ticket) => `${ticket}번`,
  /** @param {number} people */
  people: (people) => `${people}명`,
  /** @param {number} minutes */
  waited: (minutes) => {
    const { hours, rest } = hoursAndMinutes(minutes);
    if (minutes < 1) return '방금 접수';
    return hours === 0 ? `${rest}분째` : `${hours}시간 ${rest}분째`;
  },
  next: '다음 차례',
  states: {
    WAITING: '대기',
    FIRST_CALLED: '호출함',
    FINAL_CALLED: '최종 호출함',
    COMMING: '오는 중',
    ARRIVED: '도착',
    NO_ANSWER: '응답 없음',
    ENTERED: '입장',
    CANCEL: '손님 취소',
    OWNER_CANCEL: '취소',
    NO_ANSWER2: '노쇼',
  },
  gone: '나감',
  /** @param {string} left such as 9:05 */
  answerDue: (left) => `응답까지 ${left}`,
  /** @param {string} left */
  arrivalDue: (left) => `도착까지 ${left}`,
  checking: '0:00 · 확인하는 중',
  moveTimeOver: '도착 시간이 지났어요',
  atTheDoor: '문 앞에 있어요',
  /** @param {string} time */
  missedCall: (time) => `${time} 호출에 응답 없음`,

  firstCall: '호출',
  finalCall: '최종 호출',
  enter: '입장',
  cancel: '취소',
  /** @param {number} ticket */
  firstCallTeam: (ticket) => `${ticket}번 호출`,
  /** @param {number} ticket */
  finalCallTeam: (ticket) => `${ticket}번 최종 호출`,
  /** @param {number} ticket */
  enterTeam: (ticket) => `${ticket}번 입장`,
  /** @param {number} ticket */
  cancelTeam: (ticket) => `${ticket}번 취소`,
  /** Why a control is disabled: on it, and in full. */
  why: {
    answerPending: '응답 대기',
    stillComing: '오는 중',
    alreadyHere: '이미 도착',
    finished: '끝남',
    offline: '연결 끊김',
    busy: '처리 중',
  },
  whyInFull: {
    answerPending: '응답을 기다리고 있어요. 응답 시간이 지나야 다시 부를 수 있어요.',
    stillComing: '손님이 오는 중이에요. 약속한 시간이 지나야 다시 부를 수 있어요.',
    alreadyHere: '이미 도착한 팀이에요. 부르지 않고 입장시키면 돼요.',
    finished: '이미 끝난 팀이에요.',
    offline: '연결이 끊겨서 지금은 할 수 없어요.',
    busy: '앞의 요청을 처리하고 있어요.',
  },

  unanswered: '응답 없음',
  unansweredHint: '영업 마감 전까지 한 번 더 부르거나 입장시킬 수 있어요.',
  noUnanswered: '응답이 없는 팀이 없어요.',

  numbers: '오늘 현황',
  numberLabels: {
    waiting: '대기',
    seated: '입장',
    cancelled: '취소',
    noShows: '노쇼',
    averageWait: '평균 대기',
  },
  /** @param {number} minutes */
  minutes: (minutes) => `${minutes}분`,
  numbersAway: '지금은 현황을 불러올 수 없어요.',

  noShows: '노쇼',
  noNoShows: '오늘은 노쇼가 없어요.',
  noShowsAway: '지금은 노쇼 목록을 불러올 수 없어요.',
  noTicket: '번호 없음',

  /** @param {number} ticket @param {number} people */
  cancelTitle: (ticket, people) => `${ticket}번(${people}명)을 취소할까요?`,
  cancelHint: '손님에게 이유와 함께 알려요. 되돌릴 수 없어요.',
  cancelReason: '이유',
  cancelReasons: {
    soldOut: '재료 소진',
    unreachable: '연락 안 됨',
    asked: '손님 요청',
    other: '기타',
  },
  otherReason: '직접 입력 (200자까지)',
  confirmCancel: '취소하기',
  keepTeam: '그대로 두기',

  closeTitle: '오늘 영업을 마감할까요?',
  /** @param {number} teams */
  closeCancels: (teams) => `기다리는 ${teams}팀은 취소되고, 손님에게 알려요.`,
  /** @param {number} teams */
  closeEnters: (teams) => `도착한 ${teams}팀은 입장한 것으로 기록해요.`,
  /** @param {number} teams */
  closeDismisses: (teams) => `응답이 없는 ${teams}팀은 더 부를 수 없어요.`,
  closeNobody: '기다리는 팀이 없어요.',
  closeReopens: '오늘 다시 시작하면 번호를 이어서 써요. 취소된 팀은 돌아오지 않아요.',
  confirmClose: '마감하기',
  keepOpen: '계속 영업',

  openTitle: '영업 시작',
  changeTitle: '접수 마감 시각',
  /** @param {string} date */
  openDate: (date) => `${date} 영업일`,
  reopens: '오늘 영업을 다시 열고 번호를 이어서 써요.',
  closingTime: '접수 마감 시각',
  /** @param {string} time */
  closingToday: (time) => `오늘 ${time}까지 접수해요.`,
  /** @param {string} time */
  closingTomorrow: (time) => `내일 ${time}까지 접수해요.`,
  closesItself: '그로부터 2시간 뒤에는 영업이 저절로 마감돼요.',
  confirmOpen: '시작하기',
  confirmChange: '변경하기',

  joinTitle: '줄서기 QR 코드',
  qrOf: '줄서기 페이지를 여는 QR 코드',
  poster: '휴대폰으로 스캔하고 줄을 서세요',
  print: '인쇄하기',
  openJoin: '줄서기 페이지 열기',

  gate: {
    unpaired: '태블릿 연결이 필요해요',
    unpairedText:
      '이 기기는 가게와 연결되어 있지 않거나, 연결이 해제됐어요. 받은 연결 링크를 이 기기에서 열어 주세요.',
    unknown: '가게를 찾을 수 없어요',
    unknownText: '주소가 맞는지, 연결 링크가 이 가게의 것인지 확인해 주세요.',
    forbidden: '이 링크로는 볼 수 없어요',
    forbiddenText: '손님용 링크로는 가게 화면을 열 수 없어요. 가게의 연결 링크를 열어 주세요.',
  },

  /** What just happened, by template. */
  told: {
    /** @param {number} ticket @param {number} people */
    REGISTERED: (ticket, people) => `${ticket}번 ${people}명이 줄을 섰어요.`,
    /** @param {number} ticket */
    FIRST_CALL: (ticket) => `${ticket}번을 호출했어요.`,
    /** @param {number} ticket */
    FINAL_CALL: (ticket) => `${ticket}번을 최종 호출했어요.`,
    /** @param {number} ticket @param {number} _people @param {number | null} minutes */
    ANSWERED: (ticket, _people, minutes) => `${ticket}번이 ${minutes ?? 0}분 안에 와요.`,
    /** @param {number} ticket */
    ARRIVED: (ticket) => `${ticket}번이 도착했어요.`,
    /** @param {number} ticket */
    ENTERED: (ticket) => `${ticket}번이 입장했어요.`,
    /** @param {number} ticket */
    CANCELLED: (ticket) => `${ticket}번이 취소됐어요.`,
    /** @param {number} ticket */
    NO_ANSWER: (ticket) => `${ticket}번이 응답하지 않았어요.`,
    /** @param {number} ticket */
    NO_SHOW: (ticket) => `${ticket}번을 노쇼로 기록했어요.`,
    /** @param {number} ticket */
    MOVE_TIME_OVER: (ticket) => `${ticket}번의 도착 시간이 지났어요.`,
    /** @param {number} ticket */
    DEADLINE_EXTENDED: (ticket) => `서비스가 멈췄던 만큼 ${ticket}번의 시간을 늘렸어요.`,
  },

  unreachable: '서버에 닿지 않았어요. 연결을 확인하고 다시 눌러 주세요.',
  unexpected: '처리하지 못했어요. 잠시 뒤 다시 해 주세요.',
  /** By the codes of the API. */
  refusals: {
    CALL_PENDING: '이미 호출한 팀이에요. 응답을 기다리고 있어요.',
    INVALID_TRANSITION: '그 사이에 상태가 바뀌었어요. 새 상태를 확인해 주세요.',
    WAITING_NOT_FOUND: '대기열에서 없어진 팀이에요.',
    DATES_NOT_FOUND: '이 영업일은 더 이상 열거나 닫을 수 없어요.',
    RESTAURANT_NOT_FOUND: '가게를 찾을 수 없어요.',
    QUEUE_FULL: '영업일이 너무 많아서 더 열 수 없어요.',
    VALIDATION: '입력한 내용을 확인해 주세요.',
    UNAUTHENTICATED: '이 태블릿의 연결이 해제됐어요. 연결 링크를 다시 열어 주세요.',
    FORBIDDEN: '이 태블릿으로는 할 수 없는 일이에요.',
    TOO_MANY_REQUESTS: '요청이 너무 잦아요. 잠시 뒤 다시 해 주세요.',
    COMMAND_NOT_SENT: '서버가 요청을 받지 못했어요. 잠시 뒤 다시 눌러 주세요.',
    STATE_UNAVAILABLE: '서버가 준비하는 중이에요. 잠시 뒤 다시 해 주세요.',
  },
};

/** @type {typeof ko} */
const en = {
  page: 'Waiting list',
  title: (name) => `${name} · waiting list`,
  skip: 'Skip to the queue',

  openUntil: (time) => `Open · takes guests until ${time}`,
  opensLater: (time) => `Not open yet · from ${time}`,
  registrationOver: 'Takes no more guests',
  closed: 'Closed',
  teams: (teams, most) => `${teams} of ${most} teams`,
  connections: {
    live: 'Live',
    connecting: 'Connecting',
    polling: 'Checking every 5 s',
    offline: 'Offline',
  },
  outage: (time) => `The connection is gone. This is as of ${time}, and updates by itself once it is back.`,
  loading: 'Loading the queue.',

  tools: 'Restaurant',
  joinQr: 'QR code',
  openDay: 'Open the day',
  closeDay: 'Close the day',
  changeHours: 'Hours',
  dismiss: 'Close',
  back: 'Back',

  line: 'Queue',
  search: 'Find a number',
  searchHint: 'No.',
  filter: 'Show by state',
  filters: { all: 'All', waiting: 'Waiting', called: 'Called', coming: 'Coming', arrived: 'Arrived' },
  filterOf: (label, teams) => `${label} ${teams}`,
  noTeams: 'Nobody is waiting. Guests join by scanning the QR code.',
  notOpen: 'No guests are taken at the moment. Open the day, and they can take a number.',
  nothingFound: 'There is no such team in the queue.',
  arrowKeys: 'The ↑ and ↓ keys move between teams.',

  team: (ticket) => `Number ${ticket}`,
  people: (people) => (people === 1 ? '1 guest' : `${people} guests`),
  waited: (minutes) => {
    const { hours, rest } = hoursAndMinutes(minutes);
    if (minutes < 1) return 'just now';
    return hours === 0 ? `${rest} min` : `${hours} h ${rest} min`;
  },
  next: 'Next',
  states: {
    WAITING: 'Waiting',
    FIRST_CALLED: 'Called',
    FINAL_CALLED: 'Final call',
    COMMING: 'Coming',
    ARRIVED: 'Arrived',
    NO_ANSWER: 'No answer',
    ENTERED: 'Seated',
    CANCEL: 'Cancelled by guest',
    OWNER_CANCEL: 'Cancelled',
    NO_ANSWER2: 'No-show',
  },
  gone: 'Gone',
  answerDue: (left) => `${left} to answer`,
  arrivalDue: (left) => `${left} to arrive`,
  checking: '0:00 · checking',
  moveTimeOver: 'Should be here by now',
  atTheDoor: 'At the door',
  missedCall: (time) => `Missed the call of ${time}`,

  firstCall: 'Call',
  finalCall: 'Final call',
  enter: 'Seat',
  cancel: 'Cancel',
  firstCallTeam: (ticket) => `Call number ${ticket}`,
  finalCallTeam: (ticket) => `Final call for number ${ticket}`,
  enterTeam: (ticket) => `Seat number ${ticket}`,
  cancelTeam: (ticket) => `Cancel number ${ticket}`,
  why: {
    answerPending: 'Answer due',
    stillComing: 'Coming',
    alreadyHere: 'Is here',
    finished: 'Finished',
    offline: 'Offline',
    busy: 'Working',
  },
  whyInFull: {
    answerPending: 'An answer is due. They can be called again once its time is over.',
    stillComing: 'They are on their way. They can be called again once the time they gave is over.',
    alreadyHere: 'They are here: seat them without a call.',
    finished: 'This team is done with.',
    offline: 'This needs a connection, and there is none at the moment.',
    busy: 'The last request is still under way.',
  },

  unanswered: 'No answer',
  unansweredHint: 'Until the day closes they may be called once more, or seated.',
  noUnanswered: 'Everybody called has answered.',

  numbers: 'Today',
  numberLabels: {
    waiting: 'Waiting',
    seated: 'Seated',
    cancelled: 'Cancelled',
    noShows: 'No-shows',
    averageWait: 'Average wait',
  },
  minutes: (minutes) => `${minutes} min`,
  numbersAway: "Today's numbers are not there at the moment.",

  noShows: 'No-shows',
  noNoShows: 'None today.',
  noShowsAway: 'The no-shows are not there at the moment.',
  noTicket: 'No number',

  cancelTitle: (ticket, people) =>
    `Cancel number ${ticket} (${people === 1 ? '1 guest' : `${people} guests`})?`,
  cancelHint: 'The guest is told, with the reason. This cannot be undone.',
  cancelReason: 'Reason',
  cancelReasons: {
    soldOut: 'Sold out',
    unreachable: 'Cannot be reached',
    asked: 'Asked for by the guest',
    other: 'Other',
  },
  otherReason: 'In your words (up to 200 characters)',
  confirmCancel: 'Cancel the team',
  keepTeam: 'Keep the team',

  closeTitle: 'Close the day?',
  closeCancels: (teams) =>
    teams === 1
      ? '1 waiting team is cancelled, and told so.'
      : `${teams} waiting teams are cancelled, and told so.`,
  closeEnters: (teams) =>
    teams === 1 ? '1 team at the door counts as seated.' : `${teams} teams at the door count as seated.`,
  closeDismisses: (teams) =>
    teams === 1
      ? '1 team without an answer cannot be called any more.'
      : `${teams} teams without an answer cannot be called any more.`,
  closeNobody: 'Nobody is waiting.',
  closeReopens: 'Opened again today, the numbers go on. Cancelled teams do not come back.',
  confirmClose: 'Close it',
  keepOpen: 'Stay open',

  openTitle: 'Open the day',
  changeTitle: 'Until when guests are taken',
  openDate: (date) => `Business day of ${date}`,
  reopens: 'Today is opened again, and its numbers go on.',
  closingTime: 'Takes guests until',
  closingToday: (time) => `Guests are taken until ${time} today.`,
  closingTomorrow: (time) => `Guests are taken until ${time} tomorrow.`,
  closesItself: 'Two hours after that the day closes by itself.',
  confirmOpen: 'Open',
  confirmChange: 'Change',

  joinTitle: 'QR code to join',
  qrOf: 'QR code that opens the page to join the queue',
  poster: 'Scan with your phone to join the queue',
  print: 'Print',
  openJoin: 'Open the page to join',

  gate: {
    unpaired: 'This tablet is not paired',
    unpairedText:
      'This device was never paired with the restaurant, or was unpaired. Open the pairing link that you were given on this device.',
    unknown: 'There is no such restaurant',
    unknownText: 'Look at the address, and whether the pairing link is that of this restaurant.',
    forbidden: 'This link does not open it',
    forbiddenText: "A guest's link does not open the restaurant's page. Open the restaurant's pairing link.",
  },

  told: {
    REGISTERED: (ticket, people) =>
      `Number ${ticket}, ${people === 1 ? '1 guest' : `${people} guests`}, joined the queue.`,
    FIRST_CALL: (ticket) => `Number ${ticket} was called.`,
    FINAL_CALL: (ticket) => `Number ${ticket} got the final call.`,
    ANSWERED: (ticket, _people, minutes) => `Number ${ticket} comes within ${minutes ?? 0} min.`,
    ARRIVED: (ticket) => `Number ${ticket} is here.`,
    ENTERED: (ticket) => `Number ${ticket} was seated.`,
    CANCELLED: (ticket) => `Number ${ticket} was cancelled.`,
    NO_ANSWER: (ticket) => `Number ${ticket} did not answer.`,
    NO_SHOW: (ticket) => `Number ${ticket} is on record as a no-show.`,
    MOVE_TIME_OVER: (ticket) => `Number ${ticket} should be here by now.`,
    DEADLINE_EXTENDED: (ticket) => `Number ${ticket} has more time: the service was interrupted.`,
  },

  unreachable: 'The server could not be reached. Look at the connection, and try again.',
  unexpected: 'That did not work. Try again in a moment.',
  refusals: {
    CALL_PENDING: 'They have been called already, and may still answer.',
    INVALID_TRANSITION: 'Things have changed in between. Look at the new state.',
    WAITING_NOT_FOUND: 'This team is no longer in the queue.',
    DATES_NOT_FOUND: 'This business day cannot be opened or closed any more.',
    RESTAURANT_NOT_FOUND: 'There is no such restaurant.',
    QUEUE_FULL: 'There are too many business days to open another.',
    VALIDATION: 'Look at what was entered.',
    UNAUTHENTICATED: 'This tablet was unpaired. Open the pairing link again.',
    FORBIDDEN: 'This cannot be done from this tablet.',
    TOO_MANY_REQUESTS: 'Too many requests. Try again in a moment.',
    COMMAND_NOT_SENT: 'The server could not take the request. Try again in a moment.',
    STATE_UNAVAILABLE: 'The server is getting ready. Try again in a moment.',
  },
};

export const words = { ko, en };

/** @typedef {typeof ko} Words */
