-- GUESS: may this client try a password on this link now? Charged before bcrypt runs, given back (`guess_back.lua`)
-- when it was right.
--
-- A bucket is the moment (Unix ms) at which it is empty again, as in the generic cell rate algorithm (ITU-T I.371):
-- `at_once` guesses may come at once, then one each `interval`. In any time t there are at most
-- at_once + floor(t / interval) of them, and nobody waits longer than `interval` for the next one.
--
-- KEYS[1] guesses on the link, KEYS[2] guesses of the client's network on it, KEYS[3] set while that network is known
--         (it once gave the right password), KEYS[4] guesses of a known network: a bucket of its own, so that nobody is
--         locked out by somebody else.
-- ARGV    now (Unix ms, or empty: the server's clock), of the link at_once and interval (ms), of a network the same
-- Returns {allowed (0 or 1), ms until trying again makes sense, known (0 or 1)}

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local link = { at_once = tonumber(ARGV[2]), interval = tonumber(ARGV[3]) }
local network = { at_once = tonumber(ARGV[4]), interval = tonumber(ARGV[5]) }

local function empty_at(bucket, pace)
  local stored = math.max(tonumber(redis.call('GET', bucket) or '0'), now)
  return math.min(stored, now + pace.at_once * pace.interval) -- where the clock went back
end

local function wait(bucket, pace)
  return math.max(empty_at(bucket, pace) - (pace.at_once - 1) * pace.interval - now, 0)
end

local function take(bucket, pace)
  local at = empty_at(bucket, pace) + pace.interval
  redis.call('SET', bucket, string.format('%.0f', at), 'PX', string.format('%.0f', at - now))
end

if redis.call('EXISTS', KEYS[3]) == 1 then
  local left = wait(KEYS[4], network)
  if left > 0 then
    return { 0, left, 1 }
  end
  take(KEYS[4], network)
  return { 1, 0, 1 }
end

local left = math.max(wait(KEYS[2], network), wait(KEYS[1], link))
if left > 0 then
  return { 0, left, 0 }
end
take(KEYS[1], link)
take(KEYS[2], network)
return { 1, 0, 0 }
