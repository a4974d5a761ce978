-- RECORD PUT: store a record unless a newer version of it is there: a slow reader never brings an old one back.
-- KEYS[1] the record; ARGV version, text, ms since SQL was asked for it, ms to live. The stored value is
-- "<version> <Unix ms when SQL was asked>\n<text>", by Redis' own clock; what starts with no number is older than all.
-- It lives longer than it is believed, so that the version guards when the record is no longer used.
-- Returns 1 where stored.
local there = redis.call('GET', KEYS[1])
if there and tonumber(string.match(there, '^(%d+)') or '0') > tonumber(ARGV[1]) then
  return 0
end
local now = redis.call('TIME')
local asked = now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[3]
redis.call('SET', KEYS[1], string.format('%s %.0f\n', ARGV[1], asked) .. ARGV[2], 'PX', ARGV[4])
return 1
