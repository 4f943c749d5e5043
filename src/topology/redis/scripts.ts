/**
 * The only writers of a task's hash. Each checks the epoch first and validates before it writes, because a script that
 * fails half-way is not undone. All of a task is in one hash, so that it is lost together or not at all.
 *
 * Fields: `epoch`, `S`, `cluster`, `application`, `outbox/<from>`, and `<store>/<key>` for every value; instead of `S`
 * `restored`, how many values have been put back, while the state is being rebuilt.
 */

/** Puts field-value pairs from ARGV[first..last], in pieces: unpack takes a few thousand values at most. */
const putAll = `
local function put(first, last)
  for i = first, last, 4000 do
    redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 3999, last)))
  end
end`;

const owned = `
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch ~= ARGV[1] then return 'FENCED' end`;

/**
 * ARGV: epoch, cluster, application. A claim older than the one there is refused, unless that one is of another
 * cluster or application: its epochs are offsets of another log.
 */
export const claimScript = `
local found = redis.call('HMGET', KEYS[1], 'S', 'cluster', 'application', 'epoch')
local ours = (not found[2] or found[2] == ARGV[2]) and (not found[3] or found[3] == ARGV[3])
if ours and tonumber(found[4] or '-1') > tonumber(ARGV[1]) then return 'FENCED' end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
return found`;

/**
 * ARGV: epoch, S expected, S afterwards, count of values to put, of fields to drop, of replies;
 * then field and value pairs, fields, channel and message pairs. S is written last; then the answers go out.
 */
export const commitScript = `
${putAll}
${owned}
local S = redis.call('HGET', KEYS[1], 'S')
if S == ARGV[3] then return 'ALREADY' end
if S ~= ARGV[2] then return 'MOVED' .. (S or '') end
local puts, drops, replies = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local at = 7
if #ARGV ~= 6 + 2 * puts + drops + 2 * replies then return redis.error_reply('ERR arguments do not add up') end
put(at, at + 2 * puts - 1)
at = at + 2 * puts
for i = at, at + drops - 1 do redis.call('HDEL', KEYS[1], ARGV[i]) end
at = at + drops
redis.call('HSET', KEYS[1], 'S', ARGV[3])
for i = at, at + 2 * replies - 1, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end
return 'APPLIED'`;

/**
 * ARGV: epoch, cluster, application. The claim stays and is now of this cluster, everything else goes: UNLINK leaves the
 * freeing to another thread, where DEL would keep every client waiting for as long as 100,000 queues take.
 */
export const resetScript = `
${owned}
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'cluster', ARGV[2], 'application', ARGV[3], 'restored', '0')
return 'OK'`;

/** ARGV: epoch, then field and value pairs. */
export const restoreScript = `
${putAll}
${owned}
if redis.call('HEXISTS', KEYS[1], 'restored') == 0 then return 'FENCED' end
put(2, #ARGV)
redis.call('HINCRBY', KEYS[1], 'restored', (#ARGV - 1) / 2)
return 'OK'`;

/**
 * ARGV: epoch, S, count of values put back. Another count: Redis came back from a copy of a moment during the restore,
 * and has lost a part of it.
 */
export const beginScript = `
${owned}
if redis.call('HGET', KEYS[1], 'restored') ~= ARGV[3] then return 'FENCED' end
redis.call('HDEL', KEYS[1], 'restored')
redis.call('HSET', KEYS[1], 'S', ARGV[2])
return 'OK'`;

/**
 * ARGV: from, to. The outbox entries that lead from one offset to the other, nothing when they don't; an entry's value
 * starts with its `to:`.
 */
export const outboxScript = `
local entries, at = {}, ARGV[1]
while at ~= ARGV[2] do
  local entry = redis.call('HGET', KEYS[1], 'outbox/' .. at)
  if not entry then return false end
  local colon = string.find(entry, ':', 1, true)
  at = string.sub(entry, 1, colon - 1)
  entries[#entries + 1] = string.sub(entry, colon + 1)
end
return entries`;
