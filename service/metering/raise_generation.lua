-- RAISE GENERATION: from now on, keys and tiles of a link below this generation are refused by METER.
-- KEYS[1] the organization's usage hash; ARGV link, generation. Returns {"restore"} or {"ok"}.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 'restore' }
end
local field = 'g:' .. ARGV[1]
if tonumber(redis.call('HGET', KEYS[1], field) or '0') < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], field, ARGV[2])
end
return { 'ok' }
