-- Prolongs the claim and the lane of an update that takes long.
-- KEYS: seen, lane
-- ARGV: owner, lease (us)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local seen = redis.call('GET', KEYS[1])
if seen and seen ~= 'D' then
  local f, l, owner = string.match(seen, '^%d+ (%d+) (%d+) (%S+)')
  if owner == ARGV[1] then
    redis.call('SET', KEYS[1], string.format('%.0f %d %d %s', now + ARGV[2], f, l, owner), 'EX', 90000)
  end
end
local lane = redis.call('GET', KEYS[2])
if lane and string.match(lane, '^(%S+) ') == ARGV[1] then
  redis.call('PEXPIRE', KEYS[2], math.ceil(ARGV[2] / 1000))
end
return 1
