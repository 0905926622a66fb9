-- Charges one event to a rate (GCRA): requests of public clients and outgoing messages.
-- KEYS: the rate's key
-- ARGV: interval, tolerance (us)
-- Returns {how many more would pass now, 0}, or {0, wait in ms} if it did not pass
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
-- further ahead than this rate can lead: the rate has been raised since, which applies at once
if at - now > tolerance + interval then at = now + tolerance end
if at - now > tolerance then return {0, math.ceil((at - now - tolerance) / 1000)} end
at = at + interval
redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000) + 1)
return {math.floor((tolerance - (at - now)) / interval) + 1, 0}
