import type { Actor, CommandBody } from '../../src/domain/command.ts';

/** Who sends a command in ordinary life, without an id. Test support. */
export const senderOf = (body: CommandBody): Actor => ({ role: roleOf(body), id: null });

function roleOf(body: CommandBody): Actor['role'] {
  switch (body.type) {
    case 'RegisterWaiting':
    case 'AnswerCall':
    case 'MarkArrived':
      return 'CUSTOMER';
    case 'ExpireTimer':
    case 'ExcuseStall':
      return 'SYSTEM';
    case 'CloseBusinessDay':
      return body.dueAt === null ? 'OWNER' : 'SYSTEM';
    case 'ConfigureRestaurant':
    case 'RevokePairings':
    case 'OpenBusinessDay':
    case 'CallWaiting':
    case 'MarkEntered':
    case 'CancelWaiting':
    case 'DeleteWaiting':
    case 'DeleteAllWaitings':
    case 'RegisterNoShow':
    case 'DeleteNoShow':
    case 'DeleteAllNoShows':
      return 'OWNER';
  }
}
