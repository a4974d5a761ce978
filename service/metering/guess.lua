-- GUESS: may this client try a password on this link now? Charged before bcrypt runs, given back (`guess_back.lua`)
-- when it was right.
--
-- KEYS[1] guesses on the link, KEYS[2] guesses of the client's network on it, KEYS[3] set while that network is known
--         (it once gave the right password), KEYS[4] guesses of a known network: a bucket of its own, so that nobody is
--         locked out by somebody else.
-- ARGV    limit per link, window per link (ms), limit per network, window per network (ms)
-- Returns {allowed (0 or 1), ms until trying again makes sense, known (0 or 1)}

local function full(bucket, limit, window)
  if tonumber(redis.call('GET', bucket) or '0') < tonumber(limit) then
    return nil
  end
  if redis.call('PTTL', bucket) < 0 then -- a torn append-only file brought the count back without it
    redis.call('PEXPIRE', bucket, window)
  end
  return math.max(redis.call('PTTL', bucket), 1000)
end

local function take(bucket, window)
  redis.call('INCR', bucket)
  if redis.call('PTTL', bucket) < 0 then
    redis.call('PEXPIRE', bucket, window)
  end
end

if redis.call('EXISTS', KEYS[3]) == 1 then
  local wait = full(KEYS[4], ARGV[3], ARGV[4])
  if wait then
    return { 0, wait, 1 }
  end
  take(KEYS[4], ARGV[4])
  return { 1, 0, 1 }
end

local wait = full(KEYS[2], ARGV[3], ARGV[4]) or full(KEYS[1], ARGV[1], ARGV[2])
if wait then
  return { 0, wait, 0 }
end
take(KEYS[1], ARGV[2])
take(KEYS[2], ARGV[4])
return { 1, 0, 0 }
