-- record.lua - a record "<version> <packed message>", replaced with its version checked.
--
-- keys: the record. args: expected version, packed message. What was put on that very version with the same bytes is
-- this put again. '' expects none, as 0 does, but is never another put again: who comes without a version has to hear
-- which one he overwrites, or his put would leave the version to a copy of an earlier one that is still on its way.
register('put', function(keys, args)
  local expected, bytes = args[1], args[2]
  local stored = redis.call('GET', keys[1]) or '0 '
  local version, at = string.match(stored, '^(%d+) ()')
  if expected ~= '' and tonumber(expected) + 1 == tonumber(version) and string.sub(stored, at) == bytes then
    return {'put', version}
  end
  if version ~= (expected == '' and '0' or expected) then return {'stale', stored} end
  version = string.format('%.0f', tonumber(version) + 1)
  redis.call('SET', keys[1], version .. ' ' .. bytes)
  return {'put', version}
end)
