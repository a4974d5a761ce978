-- SPEND CODE: of many who give the same right code, one is let in.
--
-- KEYS[1]  as in try_code.lua
-- ARGV     the seed of the code that was right
-- Returns  1 where it was there and is gone now, else 0

local stored = redis.call('GET', KEYS[1])
if stored and string.match(stored, '^(%S+)') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
