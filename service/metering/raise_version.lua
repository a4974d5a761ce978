-- RAISE VERSION: from now on, METER refuses what is asked for by a version of a link below this one.
-- KEYS[1] the organization's usage hash; ARGV link, version. Returns {"restore"} or {"ok"}.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'restore' }
end
local field = 'v:' .. ARGV[1]
if tonumber(redis.call('HGET', KEYS[1], field) or '0') < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], field, ARGV[2])
end
return { 'ok' }
