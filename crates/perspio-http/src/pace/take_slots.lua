-- Notes what has happened to slots, and takes as many new ones as every limit
-- has room for. All times are in microseconds, by this server's clock.
--
-- KEYS: until when the service asks for peace; then one for each limit.
-- ARGV: the process; how long a slot is kept of which nobody hears again; bytes
--   to debit; a pause to begin; how many slots were answered, were taken while
--   this server was away, were given back, are wanted; the numbers of the first,
--   each with how long ago it was answered; the others' numbers; then for each
--   limit what it counts ('requests' or 'bytes'), how many it allows, how long
--   something counts after its answer.
-- Gives: how many slots are taken; if not all, how long to wait, and for which
--   limit (from 1; 0 is the pause); then what is left of each limit.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local process, lease = ARGV[1], tonumber(ARGV[2])
local bytes, pause = tonumber(ARGV[3]), tonumber(ARGV[4])
local place = 9

-- Lua writes large numbers with an exponent by itself.
local function whole(number)
  return string.format('%.0f', number)
end

local function slots(count)
  local names = {}
  for index = 1, count do
    names[index] = process .. ':' .. ARGV[place]
    place = place + 1
  end
  return names
end

local answered = {}
for index = 1, tonumber(ARGV[5]) do
  answered[index] = { slot = process .. ':' .. ARGV[place], at = now - tonumber(ARGV[place + 1]) }
  place = place + 2
end
local taken, given_back = slots(tonumber(ARGV[6])), slots(tonumber(ARGV[7]))
local wanted = slots(tonumber(ARGV[8]))

local function requests(key, most, hold)
  for _, slot in ipairs(taken) do
    redis.call('ZADD', key, whole(now + lease + hold), slot)
  end
  for _, it in ipairs(answered) do
    redis.call('ZADD', key, whole(it.at + hold), it.slot)
  end
  for _, slot in ipairs(given_back) do
    redis.call('ZREM', key, slot)
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
  local used = redis.call('ZCARD', key)
  local ahead = math.max(used - most, 0)
  local next = redis.call('ZRANGE', key, ahead, ahead, 'WITHSCORES')[2]
  -- A request on its way may be answered now, and then counts for a window.
  local free_at = math.min(tonumber(next or now), now + hold)
  return math.max(most - used, 0), free_at
end

local function bandwidth(key, most, hold)
  local part = math.max(math.floor(hold / 360), 1)
  if bytes > 0 then
    redis.call('HINCRBY', key, whole(math.floor(now / part)), bytes)
  end
  local fields = redis.call('HGETALL', key)
  local parts, used = {}, 0
  for index = 1, #fields, 2 do
    local ends = (tonumber(fields[index]) + 1) * part + hold
    if ends <= now then
      redis.call('HDEL', key, fields[index])
    else
      local count = tonumber(fields[index + 1])
      parts[#parts + 1] = { ends = ends, bytes = count }
      used = used + count
    end
  end
  local left, free_at = most - used, now
  table.sort(parts, function(one, other) return one.ends < other.ends end)
  for _, it in ipairs(parts) do
    if used < most then break end
    used, free_at = used - it.bytes, it.ends
  end
  return math.max(left, 0), free_at
end

local paused_until = tonumber(redis.call('GET', KEYS[1]) or 0)
if pause > 0 and now + pause > paused_until then
  paused_until = now + pause
  redis.call('SET', KEYS[1], whole(paused_until), 'PX', whole(math.ceil(pause / 1000)))
end

local limits, granted = {}, #wanted
for index = 2, #KEYS do
  local unit, most, hold = ARGV[place], tonumber(ARGV[place + 1]), tonumber(ARGV[place + 2])
  place = place + 3
  local is_requests = unit == 'requests'
  local left, free_at = (is_requests and requests or bandwidth)(KEYS[index], most, hold)
  local room = left
  if not is_requests and left > 0 then room = #wanted end
  limits[index - 1] =
    { is_requests = is_requests, hold = hold, left = left, room = room, free_at = free_at }
  granted = math.min(granted, room)
end
if paused_until > now then granted = 0 end

local wait, because_of = 0, 0
if granted < #wanted then
  wait = math.max(paused_until - now, 0)
  for index, limit in ipairs(limits) do
    if limit.room <= granted and limit.free_at - now > wait then
      wait, because_of = limit.free_at - now, index
    end
  end
end

local answer = { granted, wait, because_of }
for index, limit in ipairs(limits) do
  local key = KEYS[index + 1]
  if limit.is_requests then
    for number = 1, granted do
      redis.call('ZADD', key, whole(now + lease + limit.hold), wanted[number])
    end
    answer[index + 3] = limit.left - granted
  else
    answer[index + 3] = limit.left
  end
  redis.call('PEXPIRE', key, whole(math.ceil((lease + limit.hold) / 1000)))
end
return answer
