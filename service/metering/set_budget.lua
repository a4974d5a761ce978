-- SET BUDGET: from now on, METER judges by this budget, unless it knows a later one.
-- KEYS[1] the organization's usage hash; ARGV version, and the field `budget` (see meter.lua), which begins with it.
-- Returns {"restore"} or {"ok"}.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'restore' }
end
local stored = redis.call('HGET', KEYS[1], 'budget')
if not stored or tonumber(string.match(stored, '^%d+')) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'budget', ARGV[2])
end
return { 'ok' }
