#!lua name={{library}}
local STATE, MARKER, PULSE = '{{state}}', '{{marker}}', '{{pulse_key}}'
local staged_work, staged_logs, staged_by = {}, {}, ''
local LONG_MS = 60000

local function offset()
  return string.match(redis.call('INFO', 'replication'), 'master_repl_offset:(%d+)')
end

local function owned_by(owner)
  return redis.call('HGET', STATE, 'owner') == owner
end

-- What only a syncer reads, and it has written it: nobody follows this redis but the syncer, to hear of clients' writes.
local function keep_out_of_stream()
  redis.set_repl(redis.REPL_NONE)
end

local function store_state(args, from)
  for i = from, #args, 2 do redis.call('HSET', STATE, args[i], args[i + 1]) end
end

local function claim()
  return tostring(redis.call('HINCRBY', STATE, 'owner', 1))
end

-- owner, first and last sequence, key and bytes of the batch ('' when there is none), then fields of the state
local function append(keys, args)
  if not owned_by(args[1]) then return redis.error_reply('NOTOWNER another syncer has taken over') end
  keep_out_of_stream()
  if args[5] ~= '' then
    local seq = tonumber(redis.call('HGET', STATE, 'seq') or '0')
    if seq ~= tonumber(args[2]) - 1 then return redis.error_reply('GAP the log ends at ' .. seq) end
    redis.call('SET', args[4], args[5])
    redis.call('HSET', STATE, 'seq', args[3])
  end
  store_state(args, 6)
  return 'OK'
end

-- owner, 'here' when the stream is to be resumed right before this, then fields of the state: it replaces the former one.
local function begin(keys, args)
  local owner = redis.call('HGET', STATE, 'owner')
  if owner and owner ~= args[1] then return redis.error_reply('NOTOWNER another syncer has taken over') end
  local info = redis.call('INFO', 'replication')
  redis.call('DEL', STATE)
  redis.call('HSET', STATE, 'owner', args[1])
  store_state(args, 3)
  if args[2] == 'here' then
    local id, at = string.match(info, 'master_replid:(%x+)'), string.match(info, 'master_repl_offset:(%d+)')
    redis.call('HSET', STATE, 'position', string.format('{"replicationId":"%s","offset":%s,"database":1}', id, at))
  end
  return 'OK'
end

-- ticket, then either 'work' and commands (MessagePack), or keys and bytes of batches for the log: for apply, in parts that
-- are small enough to be read at once; kept in memory only.
local function stage(keys, args)
  if args[1] ~= staged_by then staged_work, staged_logs, staged_by = {}, {}, args[1] end
  if args[2] == 'work' then
    for _, command in ipairs(cmsgpack.unpack(args[3])) do staged_work[#staged_work + 1] = command end
  else
    for i = 2, #args do staged_logs[#staged_logs + 1] = args[i] end
  end
  return #staged_work
end

-- An entry may come before others: those behind it are taken out and put back, so that all members show one order.
local function insert_entry(key, id, fields)
  local done = redis.pcall('XADD', key, id, unpack(fields))
  if type(done) ~= 'table' then return done end
  if not string.find(done.err, 'equal or smaller') then return done end
  redis.call('XDEL', key, id)
  local behind = redis.call('XRANGE', key, '(' .. id, '+')
  for _, entry in ipairs(behind) do redis.call('XDEL', key, entry[1]) end
  local before = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
  redis.call('XSETID', key, before[1] and before[1][1] or '0-0')
  redis.call('XADD', key, id, unpack(fields))
  for _, entry in ipairs(behind) do redis.call('XADD', key, entry[1], unpack(entry[2])) end
  return id
end

local function now_ms()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- A time that is over is left to redis, which tells what it expires from what was deleted; it does so after this call.
local function not_over(at, now)
  return string.format('%.0f', math.max(tonumber(at), now + 1))
end

-- Redis deletes a key at once whose new time is over when it looks, and the stream has to say so. The long time stands
-- there before it then, and tells this key from one that was over before it was touched.
local function expire_at(key, at)
  local now = now_ms()
  redis.set_repl(redis.REPL_ALL)
  if tonumber(at) < now + LONG_MS then redis.pcall('PEXPIREAT', key, string.format('%.0f', now + LONG_MS)) end
  local done = redis.pcall('PEXPIREAT', key, not_over(at, now))
  keep_out_of_stream()
  return done
end

local function replace_list(command)
  local key = command[2]
  local expires = redis.call('PEXPIRETIME', key)
  redis.call('UNLINK', key)
  for i = 3, #command do redis.call('RPUSH', key, command[i]) end
  if expires > 0 then expire_at(key, expires) end
  return 'OK'
end

local function carry_out(command)
  local word = command[1]
  if word == 'INSERTENTRY' then return insert_entry(command[2], command[3], { unpack(command, 4) }) end
  if word == 'PEXPIREAT' then return expire_at(command[2], command[3]) end
  if word == 'SET' and #command == 5 then return redis.pcall(word, command[2], command[3], 'PXAT', not_over(command[5], now_ms())) end
  if word == 'REPLACELIST' then return replace_list(command) end
  return redis.pcall(unpack(command))
end

-- Whatever redis or Lua refuses (an entry of more fields than Lua passes on) is told, and the rest is carried out.
local function try(command)
  local ok, reply = pcall(carry_out, command)
  if ok then return reply end
  keep_out_of_stream()
  return type(reply) == 'table' and reply or { err = tostring(reply) }
end

-- owner, ticket of the staged work, expected offset, marker, then fields of the state. The stream shows the marker, and
-- whatever redis itself expires.
local function apply(keys, args)
  if not owned_by(args[1]) then return redis.error_reply('NOTOWNER another syncer has taken over') end
  if staged_by ~= args[2] then return redis.error_reply('NOTSTAGED the work is not here') end
  local now = offset()
  if now ~= args[3] then return redis.error_reply('MOVED ' .. now) end
  local work, logs = staged_work, staged_logs
  staged_work, staged_logs, staged_by = {}, {}, ''
  redis.call('SET', MARKER, args[4])
  keep_out_of_stream()
  store_state(args, 5)
  for i = 1, #logs, 2 do redis.call('SET', logs[i], logs[i + 1]) end
  local failed = {}
  redis.call('SELECT', '0')
  for _, command in ipairs(work) do
    local reply = try(command)
    if type(reply) == 'table' and reply.err then
      failed[#failed + 1] = command[2]
      failed[#failed + 1] = reply.err
    end
  end
  redis.call('SELECT', '1')
  return failed
end

local function content(key)
  local kind = redis.call('TYPE', key).ok
  local ttl = tostring(redis.call('PEXPIRETIME', key))
  if kind == 'string' then return { kind, ttl, redis.call('GET', key) } end
  if kind == 'list' then return { kind, ttl, redis.call('LRANGE', key, 0, -1) } end
  if kind == 'set' then return { kind, ttl, redis.call('SMEMBERS', key) } end
  if kind == 'hash' then return { kind, ttl, redis.call('HGETALL', key) } end
  if kind == 'zset' then return { kind, ttl, redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') } end
  if kind == 'stream' then return { kind, ttl, redis.call('XRANGE', key, '-', '+') } end
  return { 'none', '-2', '' }
end

-- Pairs: key and '' for all of it, '?' for its time to live, '=' .. member for a member of a sorted set.
-- The offset is the one of this very moment.
local function read(keys, args)
  local found = { offset() }
  redis.call('SELECT', '0')
  for i = 1, #args, 2 do
    if args[i + 1] == '' then
      found[#found + 1] = content(args[i])
    elseif args[i + 1] == '?' then
      found[#found + 1] = { tostring(redis.call('PEXPIRETIME', args[i])) }
    else
      local score = redis.pcall('ZSCORE', args[i], string.sub(args[i + 1], 2))
      if type(score) == 'table' and score.err then score = false end
      found[#found + 1] = { score }
    end
  end
  redis.call('SELECT', '1')
  return found
end

local function lists()
  redis.call('SELECT', '0')
  local found, cursor = {}, '0'
  repeat
    local page = redis.call('SCAN', cursor, 'COUNT', 1000, 'TYPE', 'list')
    cursor = page[1]
    for _, key in ipairs(page[2]) do found[#found + 1] = key end
  until cursor == '0'
  redis.call('SELECT', '1')
  return found
end

local function trim(keys, args)
  if not owned_by(args[1]) then return redis.error_reply('NOTOWNER another syncer has taken over') end
  keep_out_of_stream()
  for i = 2, #args do redis.call('UNLINK', args[i]) end
  return #args - 1
end

local function pulse()
  local now = redis.call('TIME')
  redis.call('SELECT', '1')
  redis.call('SET', PULSE, now[1] .. string.format('%06d', now[2]))
  return 'OK'
end

redis.register_function{ function_name = '{{claim}}', callback = claim, flags = { 'allow-oom' } }
redis.register_function{ function_name = '{{append}}', callback = append, flags = { 'allow-oom' } }
redis.register_function{ function_name = '{{begin}}', callback = begin, flags = { 'allow-oom' } }
redis.register_function{ function_name = '{{stage}}', callback = stage, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = '{{apply}}', callback = apply, flags = { 'allow-oom' } }
redis.register_function{ function_name = '{{read}}', callback = read, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = '{{lists}}', callback = lists, flags = { 'no-writes', 'allow-oom' } }
redis.register_function{ function_name = '{{trim}}', callback = trim, flags = { 'allow-oom' } }
redis.register_function{ function_name = '{{pulse}}', callback = pulse, flags = { 'allow-oom' } }
