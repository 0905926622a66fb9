-- Ends a claim: done, or released for a later try; and leaves the person's queue.
-- KEYS: claim, queue, range
-- ARGV: owner, outcome ("D" done, "F" failed by itself, "R" released through no fault of its own),
--       the update's number in the range, length of the range (bytes)
local claim = redis.call('GET', KEYS[1])
if ARGV[2] == 'D' then
  local at, length = tonumber(ARGV[3]), tonumber(ARGV[4])
  local bits = redis.call('GET', KEYS[3]) or string.rep('\0', length)
  local place = math.floor(at / 8) + 1
  local byte = bit.bor(string.byte(bits, place), bit.lshift(1, at % 8))
  bits = string.sub(bits, 1, place - 1) .. string.char(byte) .. string.sub(bits, place + 1)
  redis.call('SET', KEYS[3], bits, 'EX', 90000)
  -- for workers of the version before, which know no ranges, while both are at work
  redis.call('SET', KEYS[1], 'D', 'EX', 60)
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
