-- GUESS BACK: give back what `guess.lua` took, from the very buckets that it took it from.
-- KEYS[1] set while the client's network is known, then the buckets; ARGV ms to know the network from now on, or 0.
for i = 2, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or '0') > 0 then
    redis.call('DECR', KEYS[i])
  end
end
if tonumber(ARGV[1]) > 0 then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
return 1
