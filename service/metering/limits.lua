-- LIMIT: count one call in a fixed window.
-- KEYS[1] the caller's bucket; ARGV limit, window (ms). Returns {allowed (0 or 1), remaining, ms until the window ends}.
local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
local limit = tonumber(ARGV[1])
return { count <= limit and 1 or 0, math.max(0, limit - count), left }
