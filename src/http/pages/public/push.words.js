/** What the button of push.js says once it is not only offered. */

/** @typedef {{ on: string, denied: string, failed: string }} PushWords */

/** @type {{ readonly ko: PushWords, readonly en: PushWords }} */
export const words = {
  ko: {
    on: '잠금 화면에도 알려 드려요',
    denied: '알림이 막혀 있어요. 브라우저 설정에서 켤 수 있어요',
    failed: '알림을 켜지 못했어요. 다시 시도하기',
  },
  en: {
    on: 'You will be notified on the lock screen',
    denied: 'Notifications are blocked. The browser’s settings can allow them',
    failed: 'Notifications could not be turned on. Try again',
  },
};
