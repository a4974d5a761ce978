-- METER: charge a batch of items to an organization, in one atomic step.
--
-- KEYS[1]  the organization's usage hash: one key, so that the step works on a cluster.
-- ARGV     epoch, seq, day (YYYY-MM-DD), now (Unix ms), then an argument for each item, its parts apart by spaces:
--          link version renders cached bytes downloads views pixels queries max_renders max_bytes max_views
--          ("-" = no cap)
--          An epoch is named <month>.<random>: all that is counted under it is in that month of the organization.
--
-- Fields   o:<day>:<unit>          total of the organization on a UTC day
--          t:<link>:<unit>         total of a link in its life
--          p:<month>               what the organization has used of a month's budget: renders pixels bytes queries
--          l:<epoch>:<link>:<day>:<unit>
--                                  one worker's share in the total of a link on a UTC day: only that worker adds to
--                                  it, so that of two copies the greater one is right, however they came apart
--          v:<link>                lowest version that is served
--          u:<link>                last use, Unix ms
--          e:<epoch>               a worker's last seq, the verdicts that it was given, and when (Unix ms)
--          budget                  version time_zone max_renders max_pixels max_bytes max_queries ("-" = no limit)
--          months                  there once months are counted, which older versions did not
--          rev                     names the last change, and no other one ever
--
-- Returns  {"restore"}             there is no hash: restore it from the ledger and come again
--          {"gap", last}           batches between `last` and `seq` are missing
--          {"ok", verdicts, zone}  a letter per item: c charged, r revoked, l limit of the link reached, b budget
--                                  exhausted; and the organization's time zone, empty where none is known
--
-- A batch that was applied before is not applied again: its stored verdicts are returned. All that changes is written
-- by one HSET of absolute values: two writes would become MULTI … EXEC in the AOF, and a file torn inside it could
-- bring back half a batch.

local key, epoch, seq, day, now = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local units = { 'renders', 'cached', 'bytes', 'downloads', 'views', 'pixels', 'queries' }
local budgeted = { 'renders', 'pixels', 'bytes', 'queries' }
local month = string.match(epoch, '^(%d%d%d%d%-%d%d)%.') or string.sub(day, 1, 7)

local there = redis.call('HMGET', key, 'rev', 'e:' .. epoch, 'budget', 'p:' .. month)
if not there[1] then
  return { 'restore' }
end

local zone, limits = '', {}
if there[3] then
  local name, renders, pixels, bytes, queries = string.match(there[3], '^%d+ (%S+) (%S+) (%S+) (%S+) (%S+)$')
  zone = name
  limits.renders, limits.pixels = tonumber(renders), tonumber(pixels) -- nil for "-"
  limits.bytes, limits.queries = tonumber(bytes), tonumber(queries)
end

local last, verdicts_given = 0, ''
if there[2] then
  local number, letters = string.match(there[2], '^(%d+):(%a*)')
  last, verdicts_given = tonumber(number), letters
end
if seq <= last then
  return { 'ok', verdicts_given, zone }
end
if seq > last + 1 then
  return { 'gap', tostring(last) }
end

local known, changed = {}, {}
local used = { renders = 0, pixels = 0, bytes = 0, queries = 0 }

local function read(fields)
  local values = redis.call('HMGET', key, unpack(fields))
  for i, field in ipairs(fields) do
    known[field] = known[field] or tonumber(values[i] or '0')
  end
end

-- Of a month that began under a version which did not count months: the sum of its UTC days.
local function of_days(unit)
  local fields, sum = {}, 0
  for number = 1, 31 do
    fields[number] = string.format('o:%s-%02d:%s', month, number, unit)
  end
  for _, amount in ipairs(redis.call('HMGET', key, unpack(fields))) do
    sum = sum + tonumber(amount or '0')
  end
  return sum
end

if there[4] then
  local renders, pixels, bytes, queries = string.match(there[4], '^(%d+) (%d+) (%d+) (%d+)$')
  used.renders, used.pixels = tonumber(renders), tonumber(pixels)
  used.bytes, used.queries = tonumber(bytes), tonumber(queries)
elseif redis.call('HEXISTS', key, 'months') == 0 then
  for _, unit in ipairs(budgeted) do
    used[unit] = of_days(unit)
  end
end

local function add(field, amount)
  known[field] = known[field] + amount
  changed[field] = known[field]
end

local function exceeds(link, unit, amount, cap)
  return cap ~= '-' and amount > 0 and known['t:' .. link .. ':' .. unit] + amount > tonumber(cap)
end

local words = '^(%S+)' .. string.rep(' (%S+)', 11) .. '$'
local of_organization, of_worker = 'o:' .. day .. ':', 'l:' .. epoch .. ':'

local function charge(item)
  local part = { string.match(item, words) }
  local link, version = part[1], tonumber(part[2])
  local of_share, of_link = of_worker .. link .. ':' .. day .. ':', 't:' .. link .. ':'
  local amounts, fields, count = {}, { 'v:' .. link }, 1
  for i, unit in ipairs(units) do
    local amount = tonumber(part[2 + i])
    amounts[unit] = amount
    if amount > 0 then
      fields[count + 1], fields[count + 2], fields[count + 3] =
        of_organization .. unit, of_share .. unit, of_link .. unit
      count = count + 3
    end
  end
  read(fields)
  if version < known[fields[1]] then
    return 'r'
  end
  if exceeds(link, 'renders', amounts.renders, part[10])
    or exceeds(link, 'bytes', amounts.bytes, part[11])
    or exceeds(link, 'views', amounts.views, part[12]) then
    return 'l'
  end
  for unit, limit in pairs(limits) do
    if amounts[unit] > 0 and used[unit] + amounts[unit] > limit then
      return 'b'
    end
  end
  for unit, before in pairs(used) do
    used[unit] = before + amounts[unit]
  end
  local at = 2
  for _, unit in ipairs(units) do
    local amount = amounts[unit]
    if amount > 0 then
      for place = at, at + 2 do
        add(fields[place], amount)
      end
      at = at + 3
    end
  end
  changed['u:' .. link] = tonumber(now)
  return 'c'
end

local verdicts = {}
for at = 5, #ARGV do
  verdicts[#verdicts + 1] = charge(ARGV[at])
end
local letters = table.concat(verdicts)

local rev = string.format('%s:%.0f', epoch, seq)
local write = { 'HSET', key, 'e:' .. epoch, string.format('%.0f:%s:%s', seq, letters, now), 'rev', rev }
for field, amount in pairs(changed) do
  write[#write + 1] = field
  write[#write + 1] = string.format('%.0f', amount)
end
if next(changed) then
  write[#write + 1] = 'p:' .. month
  write[#write + 1] = string.format('%.0f %.0f %.0f %.0f', used.renders, used.pixels, used.bytes, used.queries)
  if not there[4] then
    write[#write + 1] = 'months'
    write[#write + 1] = '1'
  end
end
redis.call(unpack(write))
return { 'ok', letters, zone }
