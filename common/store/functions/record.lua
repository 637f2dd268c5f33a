-- record.lua - a record "<version> <packed message>", replaced with its version checked.
--
-- keys: the record. args: expected version ('' for any), packed message
register('put', function(keys, args)
  local expected, bytes = args[1], args[2]
  local stored = redis.call('GET', keys[1]) or '0 '
  local version, at = string.match(stored, '^(%d+) ()')
  local same = version ~= '0' and string.sub(stored, at) == bytes
  if same and (expected == '' or tonumber(expected) + 1 == tonumber(version)) then return {'put', version} end
  if expected ~= '' and expected ~= version then return {'stale', stored} end
  version = string.format('%.0f', tonumber(version) + 1)
  redis.call('SET', keys[1], version .. ' ' .. bytes)
  return {'put', version}
end)
