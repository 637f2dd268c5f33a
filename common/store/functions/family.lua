-- family.lua - counters of a contract, moved for one settlement by try, confirm, reopen, cancel. States and basis:
-- family.h.
--
-- Unless said otherwise, keys: {b}:cacc:<contract>:<year>, {b}:ctry:<contract>:<year>, {b}:tries, {b}:clist:<contract>:<year>
-- and args: settlement id, basis, "<settlement> <person> <contract> <year> ", ...
-- An entry of ctry is lines: state (T, C, R and who reopened it, X), basis, then name and delta of each move.

local function entry_print(state, basis, moves)
  return table.concat({state, basis, unpack(moves)}, '\n')
end

local function entry_read(key, id)
  local text = redis.call('HGET', key, id)
  if not text then return nil end
  local lines = {}
  for line in string.gmatch(text, '[^\n]+') do lines[#lines + 1] = line end
  local moves = {unpack(lines, 3)}
  return {text = text, state = string.sub(lines[1], 1, 1), by = string.sub(lines[1], 2), basis = lines[2],
          moves = moves, back = moves_opposite(moves)}
end

-- keys: contract, {b}:cacc:..., {b}:ctry:... args: settlement id or ''
register_reading('contract_view', function(keys, args)
  local own = entry_read(keys[3], args[1])
  local back = own and own.state == 'T' and own.back or {}
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
  if string.find(table.concat(moves, ' '), '%c') then error('no counter move: an entry is made of lines') end
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
  local all = old and old.back or {}
  for i = 1, #moves do all[#all + 1] = moves[i] end
  local version, held = counters_look(account, all)
  if version ~= args[4] or another_open(index, about) then return {'conflict'} end
  local refused, sums = moves_refuse(all, held)
  if refused then return refused end
  redis.call('ZCARD', index)

  if #all > 0 then moves_post(account, version, all, sums) end
  redis.call('HSET', tried, id, text)
  if old then redis.call('ZREM', index, about .. old.basis) end
  redis.call('ZADD', index, string.format('%.0f', now_ms()), about .. basis)
  return {'done'}
end)

-- Place of the settlement in the list, with its entry; nil when it is not there or cancelled.
local function place_of_part(list, id)
  for _, mark in ipairs({'+', ':'}) do
    local place = redis.call('LPOS', list, mark .. id)
    if place then return place end
  end
end

-- Ends a part. Further args of who ends: when the part was opened, or '', and '+' or ':': whether the settlement that
-- stands moves the contract or has only read it.

-- Whether the part is not the one that the caller knows: it was opened again since, by an attempt that now runs.
local function opened_since(index, args)
  return args[4] ~= '' and redis.call('ZSCORE', index, args[3] .. args[2]) ~= args[4]
end

local function take_back(keys, args)
  local account, tried, index, list = keys[1], keys[2], keys[3], keys[4]
  local old = entry_read(tried, args[1])
  if not old or old.basis ~= args[2] or opened_since(index, args) then return {'none'} end
  if old.state == 'X' then return {'done'} end
  local version, held = counters_look(account, old.back)
  local refused, sums = moves_refuse(old.back, held)
  if refused then return refused end
  local place = place_of_part(list, args[1])
  redis.call('ZCARD', index)

  if #old.back > 0 then moves_post(account, version, old.back, sums) end
  if old.state == 'T' then
    redis.call('HDEL', tried, args[1])
  else
    redis.call('HSET', tried, args[1], entry_print('X', old.basis, {}))
  end
  if place then redis.call('LSET', list, place, '-' .. args[1]) end
  redis.call('ZREM', index, args[3] .. old.basis)
  return {'done'}
end

local function close(keys, args, reopened_too)
  local tried, index, list = keys[2], keys[3], keys[4]
  local old = entry_read(tried, args[1])
  if not old or old.basis ~= args[2] or old.state == 'X' or opened_since(index, args) then return {'none'} end
  if old.state == 'C' or (old.state == 'R' and not reopened_too) then return {'done'} end
  local mark = #old.moves > 0 and '+' or ':'
  if old.state == 'T' and mark ~= args[5] then return take_back(keys, args) end
  local listed = place_of_part(list, args[1])
  redis.call('ZCARD', index)

  redis.call('HSET', tried, args[1], entry_print('C', old.basis, old.moves))
  if not listed then redis.call('RPUSH', list, mark .. args[1]) end
  redis.call('ZREM', index, args[3] .. old.basis)
  return {'done'}
end

register('confirm', function(keys, args) return close(keys, args, false) end)
register('keep', function(keys, args) return close(keys, args, true) end)
register('take_back', function(keys, args) return take_back(keys, args) end)

-- The first settlement in the list behind this one that stands. A part confirmed before there was a list is before all
-- that is listed.
local function later_part(list, id)
  local place = redis.call('LPOS', list, '+' .. id)
  for _, entry in ipairs(redis.call('LRANGE', list, place and place + 1 or 0, -1)) do
    if string.sub(entry, 1, 1) ~= '-' then return string.sub(entry, 2) end
  end
end

-- further args: who reopens. Answers since when it is open. The same again is open from then on, later than before, so
-- that neither a sweep nor the first attempt closes it under the second.
register('reopen', function(keys, args)
  local tried, index = keys[2], keys[3]
  local old = entry_read(tried, args[1])
  if not old or old.basis ~= args[2] or old.state == 'X' then return {'none'} end
  if (old.state == 'R' and old.by ~= args[4]) or another_open(index, args[3]) then return {'conflict'} end
  local later = old.state == 'C' and #old.moves > 0 and later_part(keys[4], args[1])
  if later then return {'later', later} end

  local opened = string.format('%.0f', math.max(now_ms(), (redis.call('ZSCORE', index, args[3] .. old.basis) or 0) + 1))

  redis.call('HSET', tried, args[1], entry_print('R' .. args[4], old.basis, old.moves))
  redis.call('ZADD', index, opened, args[3] .. old.basis)
  return {'done', opened}
end)

-- keys: {b}:tries. args: age in ms, most. What is older, each with when it was opened: by the clock of this node. What
-- is opened again after the list is made is opened later than the list says.
register_reading('old_tries', function(keys, args)
  local least = string.format('(%.0f', now_ms() - tonumber(args[1]))
  return redis.call('ZRANGEBYSCORE', keys[1], '-inf', least, 'WITHSCORES', 'LIMIT', 0, args[2])
end)
