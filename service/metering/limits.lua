-- LIMIT: count one call in a fixed window.
-- KEYS[1] the caller's bucket; ARGV limit, window (ms), what the call counts for. Returns {allowed (0 or 1), remaining,
-- ms until the window ends}. What counts for several goes on where anything is left, and uses up what comes after.
local cost = tonumber(ARGV[3])
local count = redis.call('INCRBY', KEYS[1], cost)
if count == cost then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
local limit = tonumber(ARGV[1])
return { count - cost < limit and 1 or 0, math.max(0, limit - count), left }
