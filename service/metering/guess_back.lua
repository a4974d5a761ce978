-- GUESS BACK: give back what `guess.lua` took, from the very buckets that it took it from.
-- KEYS[1] set while the client's network is known, then the buckets.
-- ARGV    now (Unix ms, or empty: the server's clock), ms to know the network from now on, or 0, then the interval of
--         each bucket (ms)
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
for i = 2, #KEYS do
  local at = tonumber(redis.call('GET', KEYS[i]) or '0') - tonumber(ARGV[i + 1])
  if at > now then
    redis.call('SET', KEYS[i], string.format('%.0f', at), 'PX', string.format('%.0f', at - now))
  else
    redis.call('DEL', KEYS[i])
  end
end
if tonumber(ARGV[2]) > 0 then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
end
return 1
