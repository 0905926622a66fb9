-- Ends a claim: done, or released for a later try; and leaves the person's queue.
-- KEYS: claim, queue
-- ARGV: owner, outcome ("D" done, "F" failed by itself, "R" released through no fault of its own)
local claim = redis.call('GET', KEYS[1])
if ARGV[2] == 'D' then
  redis.call('SET', KEYS[1], 'D', 'EX', 90000)
elseif claim and claim ~= 'D' then
  -- a lease that lapsed may have been taken over by another worker: then the claim is theirs
  local f, l, owner = string.match(claim, '^%d+ (%d+) (%d+) (%S+)')
  if owner == ARGV[1] then
    if ARGV[2] == 'F' then f = f + 1 end
    redis.call('SET', KEYS[1], string.format('0 %d %d %s', f, l, owner), 'EX', 90000)
  end
end
local queue = redis.call('GET', KEYS[2])
if queue then
  local owner, n = string.match(queue, '^(%S+) (%d+)$')
  if owner == ARGV[1] then
    if tonumber(n) <= 1 then
      redis.call('DEL', KEYS[2])
    else
      redis.call('SET', KEYS[2], owner .. ' ' .. (n - 1), 'PX', math.max(redis.call('PTTL', KEYS[2]), 1))
    end
  end
end
return 1
