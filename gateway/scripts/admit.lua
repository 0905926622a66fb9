-- Admits one update in one round trip: the claim, both rates, the cached context. Everything is decided before anything
-- is written, so that an update that is turned away leaves no trace (except that its sender was notified).
-- KEYS: claim, tenant's rate, person's rate, context, queue, notified, range
-- ARGV: owner, lease (us), tenant interval, tenant tolerance, person interval, person tolerance (us),
--       exempt from rates (1|0), period of notifying (s), most lapsed leases, update's id, its number in the range
-- Returns {verdict, context, failures, wait in ms, notify, newest}; the verdicts are those of admission.Verdict.
-- person's rate: "<time us> <newest>", newest being the highest id of an update that was charged to the person
-- claim: "D" when done, else "<lease until us, 0 when released> <failures> <lapsed leases> <owner>"
-- range: one bit for each update done of so many in a row, the first one's the lowest of the first byte
-- queue: "<owner> <updates in it>": which worker holds the person's queue
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local lease = tonumber(ARGV[2])
local at = tonumber(ARGV[11])
local byte = string.byte(redis.call('GET', KEYS[7]) or '', math.floor(at / 8) + 1) or 0
if bit.band(byte, bit.lshift(1, at % 8)) ~= 0 then return {1} end
local claim = redis.call('GET', KEYS[1])
local failures, lapses = 0, 0
if claim then
  if claim == 'D' then return {1} end
  local til, f, l, owner = string.match(claim, '^(%d+) (%d+) (%d+) (%S+)')
  til = tonumber(til)
  -- A worker does not ask about what it is working on: its own claim is one whose end was lost with a connection.
  if owner == ARGV[1] then til = 0 end
  if til > now then return {2, false, 0, math.ceil((til - now) / 1000)} end
  failures, lapses = tonumber(f), tonumber(l)
  if til > 0 then lapses = lapses + 1 end
end
local length = 0
local queue = redis.call('GET', KEYS[5])
if queue then
  local owner, n = string.match(queue, '^(%S+) (%d+)$')
  if owner ~= ARGV[1] then return {5, false, failures, redis.call('PTTL', KEYS[5])} end
  length = tonumber(n)
end
-- What was admitted once is never dropped later: a repetition after a failure is not charged again.
if not claim and ARGV[7] == '0' then
  -- Returns the new time, or nil and how long it is too early; and the rest of the key's value
  local function charge(key, interval, tolerance)
    local at, rest = string.match(redis.call('GET', key) or '', '^(%d+) ?(%d*)$')
    at = math.max(tonumber(at or now), now)
    -- further ahead than this rate can lead: the rate has been raised since, which applies at once
    if at - now > tolerance + interval then at = now + tolerance end
    if at - now > tolerance then return nil, at - now - tolerance, rest end
    return at + interval, 0, rest
  end
  local person, early, newest = charge(KEYS[3], tonumber(ARGV[5]), tonumber(ARGV[6]))
  newest = tonumber(newest or '') or 0
  if not person then
    local notify = redis.call('SET', KEYS[6], '1', 'NX', 'EX', ARGV[8])
    return {4, redis.call('GET', KEYS[4]), 0, math.ceil(early / 1000), notify and 1 or 0, newest}
  end
  newest = math.max(newest, tonumber(ARGV[10]))
  local tenant
  tenant, early = charge(KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[4]))
  if not tenant then return {3, false, 0, math.ceil(early / 1000)} end
  local charged = string.format('%.0f %.0f', person, newest)
  redis.call('SET', KEYS[3], charged, 'PX', math.ceil((person - now) / 1000) + 1)
  redis.call('SET', KEYS[2], string.format('%.0f', tenant), 'PX', math.ceil((tenant - now) / 1000) + 1)
end
local verdict = 0
if lapses >= tonumber(ARGV[9]) then verdict = 6 end
redis.call('SET', KEYS[1], string.format('%.0f %d %d %s', now + lease, failures, lapses, ARGV[1]), 'EX', 90000)
redis.call('SET', KEYS[5], ARGV[1] .. ' ' .. (length + 1), 'PX', math.ceil(lease / 1000))
return {verdict, redis.call('GET', KEYS[4]), failures, 0, 0}
