-- METER: charge a batch of items to an organization, in one atomic step.
--
-- KEYS[1]  the organization's usage hash: one key, so that the step works on a cluster.
-- ARGV     epoch, seq, day (YYYY-MM-DD), now (Unix ms), then an argument for each item, its parts apart by spaces:
--          link version renders cached bytes downloads views pixels queries max_renders max_bytes max_views
--          ("-" = no cap)
--
-- Fields   o:<day>:<unit>          total of the organization on a UTC day
--          t:<link>:<unit>         total of a link in its life
--          l:<epoch>:<link>:<day>:<unit>
--                                  one worker's share in the total of a link on a UTC day: only that worker adds to
--                                  it, so that of two copies the greater one is right, however they came apart
--          v:<link>                lowest version that is served
--          u:<link>                last use, Unix ms
--          e:<epoch>               a worker's last seq, the verdicts that it was given, and when (Unix ms)
--          rev                     names the last change, and no other one ever
--
-- Returns  {"restore"}             there is no hash: restore it from the ledger and come again
--          {"gap", last}           batches between `last` and `seq` are missing
--          {"ok", verdicts}        a letter per item: c charged, r revoked, l limit reached
--
-- A batch that was applied before is not applied again: its stored verdicts are returned. All that changes is written
-- by one HSET of absolute values: two writes would become MULTI … EXEC in the AOF, and a file torn inside it could
-- bring back half a batch.

local key, epoch, seq, day, now = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local units = { 'renders', 'cached', 'bytes', 'downloads', 'views', 'pixels', 'queries' }

if redis.call('EXISTS', key) == 0 then
  return { 'restore' }
end

local last, verdicts_given = 0, ''
local stored = redis.call('HGET', key, 'e:' .. epoch)
if stored then
  local number, letters = string.match(stored, '^(%d+):(%a*)')
  last, verdicts_given = tonumber(number), letters
end
if seq <= last then
  return { 'ok', verdicts_given }
end
if seq > last + 1 then
  return { 'gap', tostring(last) }
end

local changed = {}

local function value(field)
  if changed[field] then
    return changed[field]
  end
  return tonumber(redis.call('HGET', key, field) or '0')
end

local function add(field, amount)
  changed[field] = value(field) + amount
end

local function exceeds(link, unit, amount, cap)
  return cap ~= '-' and amount > 0 and value('t:' .. link .. ':' .. unit) + amount > tonumber(cap)
end

local function charge(item)
  local part = {}
  for word in string.gmatch(item, '%S+') do
    part[#part + 1] = word
  end
  local link, version = part[1], tonumber(part[2])
  if version < value('v:' .. link) then
    return 'r'
  end
  local amounts = {}
  for i, unit in ipairs(units) do
    amounts[unit] = tonumber(part[2 + i])
  end
  if exceeds(link, 'renders', amounts.renders, part[10])
    or exceeds(link, 'bytes', amounts.bytes, part[11])
    or exceeds(link, 'views', amounts.views, part[12]) then
    return 'l'
  end
  for _, unit in ipairs(units) do
    if amounts[unit] > 0 then
      add('o:' .. day .. ':' .. unit, amounts[unit])
      add('l:' .. epoch .. ':' .. link .. ':' .. day .. ':' .. unit, amounts[unit])
      add('t:' .. link .. ':' .. unit, amounts[unit])
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
redis.call(unpack(write))
return { 'ok', letters }
