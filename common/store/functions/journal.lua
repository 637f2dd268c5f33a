-- journal.lua - what consumers of the journal write, each entry once, and removal of what all have taken care of.

local function before(a, b)
  local a_ms, a_n = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_n = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_n) < tonumber(b_n)
end

-- Oldest entry that the group may still need: the oldest pending one, or the last one delivered.
local function needed(journal, group)
  local pending = redis.call('XPENDING', journal, group.name)
  if pending[1] > 0 then return pending[2] end
  return group['last-delivered-id']
end

-- keys: {b}:journal, {b}:cleared. args: age in ms from which entries are old, group, ...
register('trim', function(keys, args)
  local journal, cleared = keys[1], keys[2]
  if redis.call('EXISTS', journal) == 0 then return 0 end
  local groups = {}
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', journal)) do
    local group = {}
    for i = 1, #info, 2 do group[info[i]] = info[i + 1] end
    groups[group.name] = group
  end
  local oldest = string.format('%.0f-0', now_ms() - tonumber(args[1]))
  for i = 2, #args do
    if not groups[args[i]] then return 0 end
  end
  for _, group in pairs(groups) do
    local id = needed(journal, group)
    if before(id, oldest) then oldest = id end
  end
  redis.call('ZCARD', cleared)

  local removed = redis.call('XTRIM', journal, 'MINID', '=', oldest)
  redis.call('ZREMRANGEBYSCORE', cleared, '-inf', '(' .. string.match(oldest, '^%d+'))
  return removed
end)

-- keys: {b}:outbox:<person>. args: journal entry, packed message, most messages kept
register('deliver', function(keys, args)
  local mark = args[1] .. ' '
  for _, message in ipairs(redis.call('LRANGE', keys[1], 0, -1)) do
    if string.sub(message, 1, #mark) == mark then return {'done'} end
  end
  redis.call('LPUSH', keys[1], mark .. args[2])
  redis.call('LTRIM', keys[1], 0, tonumber(args[3]) - 1)
  return {'done'}
end)

-- keys: {b}:clearing:<month>, {b}:cleared. args: journal entry, n, field, delta, ...  Balances may be negative.
register('clear', function(keys, args)
  local balances, cleared = keys[1], keys[2]
  if redis.call('ZSCORE', cleared, args[1]) then return {'done'} end
  local moves = moves_read(args, 2)
  for _, move in ipairs(moves) do
    if math.abs(tonumber(redis.call('HGET', balances, move[1]) or '0') + tonumber(move[2])) > MOST then
      return {'refused', move[1]}
    end
  end

  for _, move in ipairs(moves) do redis.call('HINCRBY', balances, move[1], move[2]) end
  redis.call('ZADD', cleared, string.match(args[1], '^%d+'), args[1])
  return {'done'}
end)
