-- counters.lua - moving counters: hashes of non-negative whole numbers with their version in "v".
--
-- A script does not roll back, so every function here first reads and checks, and then only writes what cannot fail.
-- Amounts come as text and are added as doubles, which are exact below 2^53: no sum may leave that on its way either. All
-- that moves is read by one HMGET and written by one HSET: what a settlement costs is mostly the number of commands. A
-- number is handed to a command with all its digits. A counter that becomes zero is removed: a hash after a cancel is
-- the hash before the settlement, but for "v".
--
-- Moves are a flat list: name, delta, name, delta, ...

local MOST = 9007199254740991

-- The moves "n, name, delta, name, delta, ..." that begin at args[from].
local function moves_read(args, from)
  local moves = {}
  for i = 1, 2 * tonumber(args[from]), 2 do
    local name, delta = args[from + i], args[from + i + 1]
    local whole = delta == '0' or #delta <= 17 and string.find(delta, '^%-?[1-9]%d*$') -- what HINCRBY takes
    if name == '' or name == 'v' or not whole then
      error('no counter move: ' .. name .. ' ' .. delta)
    end
    moves[i], moves[i + 1] = name, delta
  end
  return moves
end

local function moves_opposite(moves)
  local back = {}
  for i = 1, #moves, 2 do
    local delta = moves[i + 1]
    if string.sub(delta, 1, 1) == '-' then
      delta = string.sub(delta, 2)
    elseif delta ~= '0' then
      delta = '-' .. delta
    end
    back[i], back[i + 1] = moves[i], delta
  end
  return back
end

local function version_of(key)
  return redis.call('HGET', key, 'v') or '0'
end

-- The hash's version and what it holds of the counters that the moves name, in their order.
local function counters_look(key, moves)
  local names, n = {'v'}, 1
  for i = 1, #moves, 2 do
    n = n + 1
    names[n] = moves[i]
  end
  local held = redis.call('HMGET', key, unpack(names))
  return held[1] or '0', held
end

local function refusal(name, sum)
  return {'refused', name .. ' would become ' .. string.format('%.0f', sum)}
end

-- A refusal when a counter would leave 0 .. 2^53 - 1, else nil and what each counter becomes.
local function moves_refuse(moves, held)
  local sums = {}
  for i = 1, #moves, 2 do
    local name = moves[i]
    local sum = (sums[name] or held[(i + 3) / 2] or 0) + moves[i + 1]
    if sum > MOST or sum < -MOST then return refusal(name, sum) end
    sums[name] = sum
  end
  for i = 1, #moves, 2 do
    local sum = sums[moves[i]]
    if sum < 0 then return refusal(moves[i], sum) end
  end
  return nil, sums
end

-- Writes what the counters become, and the version that follows; answers that.
local function moves_post(key, version, moves, sums)
  version = version + 1
  local becomes, n, gone = {'v', version}, 2, {}
  for i = 1, #moves, 2 do
    local name = moves[i]
    if sums[name] == 0 then
      gone[#gone + 1] = name
    else
      becomes[n + 1], becomes[n + 2] = name, sums[name]
      n = n + 2
    end
  end
  redis.call('HSET', key, unpack(becomes))
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  return version
end

-- By this node's clock, which also stamps the journal's entries.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Functions carry the release in their name, so that two releases can run side by side. Those that only read are flagged
-- so, and work also when Redis refuses writes.
local function register(name, callback)
  redis.register_function(release .. name, callback)
end

local function register_reading(name, callback)
  redis.register_function{function_name = release .. name, callback = callback, flags = {'no-writes'}}
end
