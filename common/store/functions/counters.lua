-- counters.lua - moving counters: hashes of non-negative whole numbers with their version in "v".
--
-- A script does not roll back, so every function here first reads and checks, and then only writes what cannot fail.
-- Amounts stay text, HINCRBY adds them; the checks compute in doubles, which are exact below 2^53.
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

-- A refusal when a counter of the hash would leave 0 .. 2^53 - 1, else nil.
local function moves_refuse(key, moves)
  if #moves == 0 then return nil end
  local names, sums = {}, {}
  for i, move in ipairs(moves) do names[i] = move[1] end
  for i, value in ipairs(redis.call('HMGET', key, unpack(names))) do sums[names[i]] = tonumber(value or '0') end
  for _, move in ipairs(moves) do sums[move[1]] = sums[move[1]] + tonumber(move[2]) end
  for _, name in ipairs(names) do
    if not (sums[name] >= 0 and sums[name] <= MOST) then
      return {'refused', name .. ' would become ' .. string.format('%.0f', sums[name])}
    end
  end
  return nil
end

local function version_of(key)
  return redis.call('HGET', key, 'v') or '0'
end

-- Moves and answers the new version.
local function moves_post(key, moves)
  for _, move in ipairs(moves) do
    if redis.call('HINCRBY', key, move[1], move[2]) == 0 then redis.call('HDEL', key, move[1]) end
  end
  return redis.call('HINCRBY', key, 'v', 1)
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
