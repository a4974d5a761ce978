-- RECORD GET: read a record that `record_put.lua` stored.
-- KEYS[1] the record. Returns {text, ms since SQL was asked for it}, or {} where there is none that can be read.
local there = redis.call('GET', KEYS[1])
local asked, text = string.match(there or '', '^%d+ (%d+)\n(.*)$')
if not asked then
  return {}
end
local now = redis.call('TIME')
return { text, string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - asked) }
