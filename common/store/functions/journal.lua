-- journal.lua - consumers of the journal: who reads what, what they write, each entry once, and removal of what all
-- have taken care of.

local function before(a, b)
  local a_ms, a_n = string.match(a, '^(%d+)-(%d+)')
  local b_ms, b_n = string.match(b, '^(%d+)-(%d+)')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_n) < tonumber(b_n)
end

-- Deals chunks 0 .. n-1 among the consumers that asked within the time a lease holds. A consumer gets what nobody alive
-- holds, up to its share; when it holds more than its share, giving back is its own matter.
-- keys: {b}:consumers:<group>, {b}:leases:<group>. args: consumer, ms a lease holds (0: it leaves), n, chunk given back,
-- ...  Answers the share, and the chunks the consumer holds.
register('attend', function(keys, args)
  local consumers, leases, name, chunks = keys[1], keys[2], args[1], tonumber(args[3])
  local now, holds = now_ms(), tonumber(args[2])
  local alive, n = {[name] = true}, 1
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', consumers, string.format('%.0f', now), '+inf')) do
    if not alive[other] then alive[other], n = true, n + 1 end
  end
  local holder, fields = {}, redis.call('HGETALL', leases)
  for i = 1, #fields, 2 do
    if alive[fields[i + 1]] then holder[fields[i]] = fields[i + 1] end
  end

  redis.call('ZREMRANGEBYSCORE', consumers, '-inf', string.format('(%.0f', now))
  if holds == 0 then
    redis.call('ZREM', consumers, name)
    return {0}
  end
  redis.call('ZADD', consumers, string.format('%.0f', now + holds), name)
  for i = 4, #args do
    if holder[args[i]] == name then
      holder[args[i]] = nil
      redis.call('HDEL', leases, args[i])
    end
  end
  local answer = {math.ceil(chunks / n)}
  for chunk = 0, chunks - 1 do
    if holder[tostring(chunk)] == name then answer[#answer + 1] = chunk end
  end
  for chunk = 0, chunks - 1 do
    if not holder[tostring(chunk)] and #answer - 1 < answer[1] then
      redis.call('HSET', leases, tostring(chunk), name)
      answer[#answer + 1] = chunk
    end
  end
  return answer
end)

-- keys: {b}:journal, {b}:cleared, {b}:cursor:<group>, ... args: age in ms from which entries are old
register('trim', function(keys, args)
  local journal, cleared = keys[1], keys[2]
  local oldest = string.format('%.0f-0', now_ms() - tonumber(args[1]))
  for i = 3, #keys do
    local cursor = redis.call('GET', keys[i])
    if not cursor then return 0 end
    if before(cursor, oldest) then oldest = cursor end
  end
  redis.call('XLEN', journal) -- a key of the wrong type is found before anything is written
  redis.call('ZCARD', cleared)

  local removed = redis.call('XTRIM', journal, 'MINID', '=', oldest)
  redis.call('ZREMRANGEBYSCORE', cleared, '-inf', '(' .. string.match(oldest, '^%d+'))
  return removed
end)

-- keys: {b}:clearing:<month>, {b}:cleared. args: journal entry, n, field, delta, ...  Balances may be negative.
register('clear', function(keys, args)
  local balances, cleared = keys[1], keys[2]
  if redis.call('ZSCORE', cleared, args[1]) then return {'done'} end
  local moves = moves_read(args, 2)
  for i = 1, #moves, 2 do
    if math.abs((redis.call('HGET', balances, moves[i]) or 0) + moves[i + 1]) > MOST then
      return {'refused', moves[i]}
    end
  end

  for i = 1, #moves, 2 do redis.call('HINCRBY', balances, moves[i], moves[i + 1]) end
  redis.call('ZADD', cleared, string.match(args[1], '^%d+'), args[1])
  return {'done'}
end)
