-- RECORD PUT: store a record unless a newer version of it is there: a slow reader never brings an old one back.
-- KEYS[1] the record; ARGV version, text, ms to live. The stored value is "<version>\n<text>"; anything else is
-- older than all. Returns 1 where stored.
local there = redis.call('GET', KEYS[1])
if there and tonumber(string.match(there, '^(%d+)\n') or '0') > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1] .. '\n' .. ARGV[2], 'PX', ARGV[3])
return 1
