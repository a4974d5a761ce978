-- ADVANCE: bring what one worker has counted up to date, where Redis lost its last writes.
--
-- KEYS[1]  the organization's usage hash; its fields are told in meter.lua.
-- ARGV     epoch, seq, verdicts (of batch `seq`), now (Unix ms), rev (never used before), whole ("1", or "0" where
--          more items follow in another call), then for each item
--          link, day, renders, cached, bytes, downloads, views, pixels, queries: the worker's whole share on that day,
--          as of batch `seq`
--
-- Returns  {"restore"}             there is no hash: restore it from the ledger and come again
--          {"ok"}                  batch `seq` and all before it are counted
--
-- Caps and versions are not asked: all this was sent long ago. Shares are absolute and only grow, so that doing it
-- twice, or by two who know different parts of it, counts nothing twice. One HSET, as in METER.

local key, epoch, seq, letters, now = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local rev, whole = ARGV[5], ARGV[6]
local units = { 'renders', 'cached', 'bytes', 'downloads', 'views', 'pixels', 'queries' }
local budgeted = { 'renders', 'pixels', 'bytes', 'queries' }
local width = 9

if redis.call('EXISTS', key) == 0 then
  return { 'restore' }
end
local stored = redis.call('HGET', key, 'e:' .. epoch)
if stored and tonumber(string.match(stored, '^%d+')) >= seq then
  return { 'ok' }
end

local changed = {}

local function value(field)
  if changed[field] then
    return changed[field]
  end
  return tonumber(redis.call('HGET', key, field) or '0')
end

-- What each month's budget was used for, as far as it is counted: of an older version's month METER takes the days.
local used = {}

local function use(month, unit, amount)
  local spent = used[month]
  if spent == nil then
    local there = redis.call('HMGET', key, 'p:' .. month, 'months')
    spent = false
    if there[1] or there[2] then
      spent = {}
      local numbers = string.gmatch(there[1] or '', '%d+')
      for _, name in ipairs(budgeted) do
        spent[name] = tonumber(numbers() or '0')
      end
    end
    used[month] = spent
  end
  if spent and spent[unit] then
    spent[unit] = spent[unit] + amount
  end
end

for at = 7, #ARGV, width do
  local link, day = ARGV[at], ARGV[at + 1]
  local month = string.match(epoch, '^(%d%d%d%d%-%d%d)%.') or string.sub(day, 1, 7)
  for i, unit in ipairs(units) do
    local share = 'l:' .. epoch .. ':' .. link .. ':' .. day .. ':' .. unit
    local missing = tonumber(ARGV[at + 1 + i]) - value(share)
    if missing > 0 then
      changed[share] = value(share) + missing
      for _, total in ipairs({ 'o:' .. day .. ':' .. unit, 't:' .. link .. ':' .. unit }) do
        changed[total] = value(total) + missing
      end
      use(month, unit, missing)
    end
  end
  changed['u:' .. link] = math.max(value('u:' .. link), tonumber(now))
end

local write = { 'HSET', key, 'rev', rev }
if whole == '1' then
  write[#write + 1] = 'e:' .. epoch
  write[#write + 1] = string.format('%.0f:%s:%s', seq, letters, now)
end
for field, amount in pairs(changed) do
  write[#write + 1] = field
  write[#write + 1] = string.format('%.0f', amount)
end
for month, spent in pairs(used) do
  if spent then
    write[#write + 1] = 'p:' .. month
    write[#write + 1] = string.format('%.0f %.0f %.0f %.0f', spent.renders, spent.pixels, spent.bytes, spent.queries)
  end
end
redis.call(unpack(write))
return { 'ok' }
