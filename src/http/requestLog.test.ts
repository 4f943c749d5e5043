import { expect, test } from '@jest/globals';
import { loggedUrl } from './requestLog.ts';

test.each([
  ['/waitings?restaurantId=1&status=WAITING,COMMING&limit=10', null],
  ['/waitings/10000001/stream', null],
  ['/commands/7e660d98-91b3-4089-bf95-6057c55091b7?restaurantId=500701', null],
  ['/waitings?restaurantId=1&userId=7', '/waitings?restaurantId=1&userId=…'],
  ['/waitings/10000001/stream?access_token=a=b?c', '/waitings/10000001/stream?access_token=…'],
  ['/waitings/10000001?eyJhbGciOiJFUzI1NiJ9', '/waitings/10000001?…'],
  [`/waitings/${'eyJhbGciOiJFUzI1NiJ9'.repeat(3)}/stream`, '/waitings/…/stream'],
])('%s is logged without what a client may have put there', (url, logged) => {
  expect(loggedUrl(url)).toBe(logged ?? url);
});
