-- family.lua - counters of a contract, moved for one settlement by try, confirm, reopen, cancel. States and basis:
-- family.h.
--
-- Unless said otherwise, keys: {b}:cacc:<contract>:<year>, {b}:ctry:<contract>:<year>, {b}:tries
-- and args: settlement id, basis, "<settlement> <person> <contract> <year> ", ...
-- An entry of ctry is lines: state (T, C, R and who reopened it, X), basis, then name and delta of each move.

local function entry_print(state, basis, moves)
  local lines = {state, basis}
  for _, move in ipairs(moves) do
    lines[#lines + 1] = move[1]
    lines[#lines + 1] = move[2]
  end
  return table.concat(lines, '\n')
end

local function entry_read(key, id)
  local text = redis.call('HGET', key, id)
  if not text then return nil end
  local lines, entry = {}, {text = text, back = {}, moves = {}}
  for line in string.gmatch(text, '[^\n]+') do lines[#lines + 1] = line end
  entry.state, entry.by, entry.basis = string.sub(lines[1], 1, 1), string.sub(lines[1], 2), lines[2]
  for i = 3, #lines, 2 do
    entry.moves[#entry.moves + 1] = {lines[i], lines[i + 1]}
    entry.back[#entry.back + 1] = {lines[i], opposite(lines[i + 1])}
  end
  return entry
end

-- keys: contract, {b}:cacc:..., {b}:ctry:... args: settlement id or ''
register_reading('contract_view', function(keys, args)
  local own = entry_read(keys[3], args[1])
  local back = {}
  if own and own.state == 'T' then
    for _, move in ipairs(own.back) do
      back[#back + 1] = move[1]
      back[#back + 1] = move[2]
    end
  end
  return {redis.call('GET', keys[1]), redis.call('HGETALL', keys[2]), back}
end)

-- Whether another settlement's part of this contract's year is tried or reopened. It may still be taken back, so nothing
-- is decided on it: `about` is the settlement's own, "<settlement> <person> <contract> <year> ".
local function another_open(index, about)
  local settlement, rest = string.match(about, '^(%S+) %S+( %S+ %d+ )$')
  for _, open in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    local other, of = string.match(open, '^(%S+) %S+( %S+ %d+ )')
    if of == rest and other ~= settlement then return true end
  end
  return false
end

-- further args: expected version, n, name, delta, ...
register('try', function(keys, args)
  local account, tried, index = keys[1], keys[2], keys[3]
  local id, basis, about = args[1], args[2], args[3]
  local moves, old = moves_read(args, 5), entry_read(tried, id)
  local text = entry_print('T', basis, moves)
  if old then
    if old.state ~= 'T' then return {'closed'} end
    if old.basis == basis then
      -- tried on the state that this attempt read too, before it was tried or, with its own try taken off, after
      local read, now = tonumber(args[4]), tonumber(version_of(account))
      if read ~= now and (read + 1 ~= now or #moves == 0) then return {'conflict'} end
      return {old.text == text and 'done' or 'busy'}
    end
    if tonumber(old.basis) > tonumber(basis) then return {'conflict'} end
  end
  if version_of(account) ~= args[4] or another_open(index, about) then return {'conflict'} end
  local all = old and old.back or {}
  for _, move in ipairs(moves) do all[#all + 1] = move end
  local refusal, sums = moves_refuse(account, all)
  if refusal then return refusal end
  redis.call('ZCARD', index)

  if #all > 0 then moves_post(account, all, sums) end
  redis.call('HSET', tried, id, text)
  if old then redis.call('ZREM', index, about .. old.basis) end
  redis.call('ZADD', index, string.format('%.0f', now_ms()), about .. basis)
  return {'done'}
end)

local function close(keys, args, reopened_too)
  local tried, index = keys[2], keys[3]
  local old = entry_read(tried, args[1])
  if not old or old.basis ~= args[2] or old.state == 'X' then return {'none'} end
  if old.state == 'C' or (old.state == 'R' and not reopened_too) then return {'done'} end
  redis.call('ZCARD', index)

  redis.call('HSET', tried, args[1], entry_print('C', old.basis, old.moves))
  redis.call('ZREM', index, args[3] .. old.basis)
  return {'done'}
end

register('confirm', function(keys, args) return close(keys, args, false) end)

register('keep', function(keys, args) return close(keys, args, true) end)

-- further args: who reopens. The same again is open from now on, so that a sweep leaves the second attempt alone too.
register('reopen', function(keys, args)
  local tried, index = keys[2], keys[3]
  local old = entry_read(tried, args[1])
  if not old or old.basis ~= args[2] or old.state == 'X' then return {'none'} end
  if (old.state == 'R' and old.by ~= args[4]) or another_open(index, args[3]) then return {'conflict'} end

  redis.call('HSET', tried, args[1], entry_print('R' .. args[4], old.basis, old.moves))
  redis.call('ZADD', index, string.format('%.0f', now_ms()), args[3] .. old.basis)
  return {'done'}
end)

register('take_back', function(keys, args)
  local account, tried, index = keys[1], keys[2], keys[3]
  local old = entry_read(tried, args[1])
  if not old or old.basis ~= args[2] then return {'none'} end
  if old.state == 'X' then return {'done'} end
  local refusal, sums = moves_refuse(account, old.back)
  if refusal then return refusal end
  redis.call('ZCARD', index)

  if #old.back > 0 then moves_post(account, old.back, sums) end
  if old.state == 'T' then
    redis.call('HDEL', tried, args[1])
  else
    redis.call('HSET', tried, args[1], entry_print('X', old.basis, {}))
  end
  redis.call('ZREM', index, args[3] .. old.basis)
  return {'done'}
end)

-- keys: {b}:tries. args: age in ms, most. By the clock of this node, which also stamped them.
register_reading('old_tries', function(keys, args)
  local least = string.format('%.0f', now_ms() - tonumber(args[1]))
  return redis.call('ZRANGEBYSCORE', keys[1], '-inf', least, 'LIMIT', 0, args[2])
end)
