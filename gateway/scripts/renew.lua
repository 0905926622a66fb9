-- Prolongs the claim and the queue of an update that takes long.
-- KEYS: claim, queue
-- ARGV: owner, lease (us)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local claim = redis.call('GET', KEYS[1])
if claim and claim ~= 'D' then
  local f, l, owner = string.match(claim, '^%d+ (%d+) (%d+) (%S+)')
  if owner == ARGV[1] then
    redis.call('SET', KEYS[1], string.format('%.0f %d %d %s', now + ARGV[2], f, l, owner), 'EX', 90000)
  end
end
local queue = redis.call('GET', KEYS[2])
if queue and string.match(queue, '^(%S+) ') == ARGV[1] then
  redis.call('PEXPIRE', KEYS[2], math.ceil(ARGV[2] / 1000))
end
return 1
