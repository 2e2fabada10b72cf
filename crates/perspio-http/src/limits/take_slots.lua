-- Records what has happened to slots, and takes as many new ones as every limit has
-- room for. All times are in microseconds, by this server's clock.
--
-- KEYS: the end of the service's pause; then one key per limit.
-- ARGV: the process; the length of a lease; bytes to debit; the length of a pause
--   to begin; the number of slots that were answered, were taken while this server
--   was unavailable, were given back, are requested; the numbers of the answered
--   slots, each with the time since the response; the numbers of the others; then
--   for each limit its unit ('requests' or 'bytes'), how many it allows, and how
--   long a request or byte counts.
-- Returns the number of slots granted; if not all are, how long to wait, and for
--   which limit (from 1; 0 is the pause); then the remaining budget of each limit.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local process, lease = ARGV[1], tonumber(ARGV[2])
local bytes, pause = tonumber(ARGV[3]), tonumber(ARGV[4])
local position = 9

-- Lua formats large numbers with an exponent by default.
local function whole(number)
  return string.format('%.0f', number)
end

local function slots(count)
  local names = {}
  for index = 1, count do
    names[index] = process .. ':' .. ARGV[position]
    position = position + 1
  end
  return names
end

local answered = {}
for index = 1, tonumber(ARGV[5]) do
  answered[index] = { slot = process .. ':' .. ARGV[position], at = now - tonumber(ARGV[position + 1]) }
  position = position + 2
end
local taken, given_back = slots(tonumber(ARGV[6])), slots(tonumber(ARGV[7]))
local requested = slots(tonumber(ARGV[8]))

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
  -- A request in flight may be answered now, and then counts for one window.
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

local limits, granted = {}, #requested
for index = 2, #KEYS do
  local unit, most, hold = ARGV[position], tonumber(ARGV[position + 1]), tonumber(ARGV[position + 2])
  position = position + 3
  local is_requests = unit == 'requests'
  local left, free_at = (is_requests and requests or bandwidth)(KEYS[index], most, hold)
  local room = left
  if not is_requests and left > 0 then room = #requested end
  limits[index - 1] =
    { is_requests = is_requests, hold = hold, left = left, room = room, free_at = free_at }
  granted = math.min(granted, room)
end
if paused_until > now then granted = 0 end

local wait, because_of = 0, 0
if granted < #requested then
  wait = math.max(paused_until - now, 0)
  for index, limit in ipairs(limits) do
    if limit.room <= granted and limit.free_at - now > wait then
      wait, because_of = limit.free_at - now, index
    end
  end
end

local reply = { granted, wait, because_of }
for index, limit in ipairs(limits) do
  local key = KEYS[index + 1]
  if limit.is_requests then
    for number = 1, granted do
      redis.call('ZADD', key, whole(now + lease + limit.hold), requested[number])
    end
    reply[index + 3] = limit.left - granted
  else
    reply[index + 3] = limit.left
  end
  redis.call('PEXPIRE', key, whole(math.ceil((lease + limit.hold) / 1000)))
end
return reply
