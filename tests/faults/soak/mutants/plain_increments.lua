-- METER without numbers: every batch is added, also one that comes a second time. Arguments as in meter.lua.

local key, epoch, day = KEYS[1], ARGV[1], ARGV[3]
local units = { 'renders', 'cached', 'bytes', 'downloads', 'views', 'pixels', 'queries' }
local budgeted = { 'renders', 'pixels', 'bytes', 'queries' }
local month = 'p:' .. string.sub(epoch, 1, 7)
local letters = ''

if redis.call('EXISTS', key) == 0 then
  return { 'restore' }
end
for at = 5, #ARGV do
  local part = {}
  for word in string.gmatch(ARGV[at], '%S+') do
    part[#part + 1] = word
  end
  local link = part[1]
  for i, unit in ipairs(units) do
    local amount = tonumber(part[2 + i])
    if amount > 0 then
      redis.call('HINCRBY', key, 'o:' .. day .. ':' .. unit, amount)
      redis.call('HINCRBY', key, 't:' .. link .. ':' .. unit, amount)
      redis.call('HINCRBY', key, 'l:' .. epoch .. ':' .. link .. ':' .. day .. ':' .. unit, amount)
    end
  end
  local used, number = {}, string.gmatch(redis.call('HGET', key, month) or '0 0 0 0', '%d+')
  for n, name in ipairs(budgeted) do
    for i, unit in ipairs(units) do
      if unit == name then
        used[n] = string.format('%.0f', tonumber(number()) + tonumber(part[2 + i]))
      end
    end
  end
  redis.call('HSET', key, month, table.concat(used, ' '))
  letters = letters .. 'c'
end
return { 'ok', letters, '' }
