-- TRY CODE: count a try at a code, and return what it is made of.
--
-- KEYS[1]  "seed sent_at tries": sent_at in Unix ms
-- ARGV     how many tries there are
-- Returns  {seed, sent_at}, both empty where there is no code, or no try is left

local stored = redis.call('GET', KEYS[1])
if not stored then
  return { '', '' }
end
local seed, sent_at, tries = string.match(stored, '^(%S+) (%d+) (%d+)$')
if tonumber(tries) >= tonumber(ARGV[1]) then
  return { '', '' }
end
redis.call('SET', KEYS[1], seed .. ' ' .. sent_at .. ' ' .. string.format('%.0f', tonumber(tries) + 1), 'KEEPTTL')
return { seed, sent_at }
