-- GUESS RIGHT: give back what `guess.lua` took, and know the client's network from now on. The same KEYS; ARGV: ms to know it.
for _, bucket in ipairs(redis.call('EXISTS', KEYS[3]) == 1 and { KEYS[4] } or { KEYS[1], KEYS[2] }) do
  if tonumber(redis.call('GET', bucket) or '0') > 0 then
    redis.call('DECR', bucket)
  end
end
redis.call('SET', KEYS[3], '1', 'PX', ARGV[1])
return 1
