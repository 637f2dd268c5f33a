-- ledger.lua - a person's year, a settlement, its cancellation, and the fence against a settlement still under way.
--
-- The journal is written first: were its key of another type, nothing else would have been written yet. The list's type
-- is asked for.
--
-- keys: account {b}:acc:..., settlement {b}:settle:..., list of the year {b}:plist:..., {b}:journal

-- args: settlement id, expected version, packed settlement, packed fact, mark ('+', ':' or '.'), n, name, delta, ...
register('apply', function(keys, args)
  local account, settlement, list, journal = keys[1], keys[2], keys[3], keys[4]
  local recorded = redis.call('GET', settlement)
  if recorded then return {'seen', recorded} end
  local moves = moves_read(args, 6)
  local version, held = counters_look(account, moves)
  if version ~= args[2] then return {'conflict', version, redis.call('HGETALL', account)} end
  local refused, sums = moves_refuse(moves, held)
  if refused then return refused end
  redis.call('LLEN', list)

  redis.call('XADD', journal, '*', 'f', args[4])
  version = moves_post(account, version, moves, sums)
  redis.call('SET', settlement, args[3])
  redis.call('RPUSH', list, args[5] .. args[1])
  return {'applied', tostring(version)}
end)

-- Place of the settlement in the list, from the end, and the id of a later one that stands and was decided on counters.
local function place_of(list, id)
  local entries, later = redis.call('LRANGE', list, 0, -1), nil
  for i = #entries, 1, -1 do
    if string.sub(entries[i], 2) == id then return i - 1, entries[i], later end
    if not later and string.find(entries[i], '^[+:]') then later = string.sub(entries[i], 2) end
  end
  error('settlement ' .. id .. ' is not in the list of its year')
end

-- args: settlement id, expected version ('' for any), recorded settlement, cancelled settlement, packed fact, n, name,
-- delta, ... (already opposite)
register('cancel', function(keys, args)
  local account, settlement, list, journal = keys[1], keys[2], keys[3], keys[4]
  local recorded = redis.call('GET', settlement)
  if not recorded then return {'missing'} end
  if recorded ~= args[3] then return {'seen', recorded} end
  local place, entry, later = place_of(list, args[1])
  if later and string.sub(entry, 1, 1) == '+' then return {'later', later} end
  local moves = moves_read(args, 6)
  local version, held = counters_look(account, moves)
  if args[2] ~= '' and version ~= args[2] then return {'conflict', version, redis.call('HGETALL', account)} end
  local refused, sums = moves_refuse(moves, held)
  if refused then return refused end

  redis.call('XADD', journal, '*', 'f', args[5])
  version = moves_post(account, version, moves, sums)
  redis.call('SET', settlement, args[4])
  redis.call('LSET', list, place, '-' .. args[1])
  return {'applied', tostring(version)}
end)

-- keys: account, settlement
register('fence', function(keys)
  local recorded = redis.call('GET', keys[2])
  local version = redis.call('HINCRBY', keys[1], 'v', 1)
  if recorded then return {'seen', recorded} end
  return {'applied', tostring(version)}
end)
