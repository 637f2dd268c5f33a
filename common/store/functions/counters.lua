-- counters.lua - moving counters: hashes of non-negative whole numbers with their version in "v".
--
-- A script does not roll back, so every function here first reads and checks, and then only writes what cannot fail.
-- Amounts come as text and are added as doubles, which are exact below 2^53: no sum may leave that on its way either. All
-- that moves is written by one HSET: an HINCRBY for each was a fifth of what a settlement cost, and as long in the file.
-- A counter that becomes zero is removed: a hash after a cancel is the hash before the settlement, but for "v".

local MOST = 9007199254740991

-- Moves from "n, name, delta, name, delta, ..." beginning at args[from].
local function moves_read(args, from)
  local moves = {}
  for i = from + 1, from + 2 * tonumber(args[from]), 2 do
    local name, delta = args[i], args[i + 1]
    local whole = delta == '0' or #delta <= 17 and string.match(delta, '^%-?[1-9]%d*$') -- what HINCRBY takes
    if name == '' or name == 'v' or string.find(name, '%c') or not whole then
      error('no counter move: ' .. name .. ' ' .. delta)
    end
    moves[#moves + 1] = {name, delta}
  end
  return moves
end

local function opposite(delta)
  if delta == '0' then return delta end
  if string.sub(delta, 1, 1) == '-' then return string.sub(delta, 2) end
  return '-' .. delta
end

-- A refusal when a counter of the hash would leave 0 .. 2^53 - 1, else nil and what each counter becomes.
local function moves_refuse(key, moves)
  if #moves == 0 then return nil, {} end
  local names, sums = {}, {}
  for i, move in ipairs(moves) do names[i] = move[1] end
  for i, value in ipairs(redis.call('HMGET', key, unpack(names))) do sums[names[i]] = tonumber(value or '0') end
  local function refusal(name)
    return {'refused', name .. ' would become ' .. string.format('%.0f', sums[name])}
  end
  for _, move in ipairs(moves) do
    local sum = sums[move[1]] + tonumber(move[2])
    sums[move[1]] = sum
    if sum > MOST or sum < -MOST then return refusal(move[1]) end
  end
  for _, name in ipairs(names) do
    if sums[name] < 0 then return refusal(name) end
  end
  return nil, sums
end

local function version_of(key)
  return redis.call('HGET', key, 'v') or '0'
end

-- Writes what the counters become and answers the new version.
local function moves_post(key, moves, sums)
  local version = string.format('%.0f', tonumber(version_of(key)) + 1)
  local becomes, gone, seen = {}, {}, {}
  for _, move in ipairs(moves) do
    local name = move[1]
    if not seen[name] then
      seen[name] = true
      if sums[name] == 0 then
        gone[#gone + 1] = name
      else
        becomes[#becomes + 1] = name
        becomes[#becomes + 1] = string.format('%.0f', sums[name])
      end
    end
  end
  becomes[#becomes + 1] = 'v'
  becomes[#becomes + 1] = version
  redis.call('HSET', key, unpack(becomes))
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  return tonumber(version)
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
