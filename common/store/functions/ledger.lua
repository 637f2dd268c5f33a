-- ledger.lua - a person's year, a settlement, its cancellation, and the fence against a settlement still under way.
--
-- keys: account {b}:acc:..., settlement {b}:settle:..., list of the year {b}:plist:..., {b}:journal

-- keys: person, account, {b}:pcontracts:<person>, and the settlement or none: all of them as of one moment
register_reading('view', function(keys)
  local prior = keys[4] and redis.call('GET', keys[4])
  return {redis.call('GET', keys[1]), redis.call('HGETALL', keys[2]), redis.call('EXISTS', keys[3]), prior or false}
end)

-- args: settlement id, expected version, packed settlement, packed fact, '+' or '.', n, name, delta, ...
register('apply', function(keys, args)
  local account, settlement, list, journal = keys[1], keys[2], keys[3], keys[4]
  local recorded = redis.call('GET', settlement)
  if recorded then return {'seen', recorded} end
  local version = version_of(account)
  if version ~= args[2] then return {'conflict', version, redis.call('HGETALL', account)} end
  local moves = moves_read(args, 6)
  local refusal, sums = moves_refuse(account, moves)
  if refusal then return refusal end
  redis.call('LLEN', list) -- a key of the wrong type is found before anything is written
  redis.call('XLEN', journal)

  version = moves_post(account, moves, sums)
  redis.call('SET', settlement, args[3])
  redis.call('RPUSH', list, args[5] .. args[1])
  redis.call('XADD', journal, '*', 'f', args[4])
  return {'applied', tostring(version)}
end)

-- Place of the settlement in the list, from the end, and the id of a later one that stands and has moves.
local function place_of(list, id)
  local entries, later = redis.call('LRANGE', list, 0, -1), nil
  for i = #entries, 1, -1 do
    if string.sub(entries[i], 2) == id then return i - 1, entries[i], later end
    if not later and string.sub(entries[i], 1, 1) == '+' then later = string.sub(entries[i], 2) end
  end
  error('settlement ' .. id .. ' is not in the list of its year')
end

-- args: settlement id, recorded settlement, cancelled settlement, packed fact, n, name, delta, ... (already opposite)
register('cancel', function(keys, args)
  local account, settlement, list, journal = keys[1], keys[2], keys[3], keys[4]
  local recorded = redis.call('GET', settlement)
  if not recorded then return {'missing'} end
  if recorded ~= args[2] then return {'seen', recorded} end
  local place, entry, later = place_of(list, args[1])
  if later and string.sub(entry, 1, 1) == '+' then return {'later', later} end
  local moves = moves_read(args, 5)
  local refusal, sums = moves_refuse(account, moves)
  if refusal then return refusal end
  redis.call('XLEN', journal)

  local version = moves_post(account, moves, sums)
  redis.call('SET', settlement, args[3])
  redis.call('LSET', list, place, '-' .. args[1])
  redis.call('XADD', journal, '*', 'f', args[4])
  return {'applied', tostring(version)}
end)

-- keys: account, settlement
register('fence', function(keys)
  local recorded = redis.call('GET', keys[2])
  if recorded then return {'seen', recorded} end
  return {'applied', tostring(redis.call('HINCRBY', keys[1], 'v', 1))}
end)
