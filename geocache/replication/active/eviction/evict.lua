#!lua flags=allow-oom
-- Policy, bytes that redis may count, keys that may go in this call. Answers how many went and the bytes left to free.
local SAMPLES = 5
local policy, limit, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

-- The higher, the sooner it goes. A key whose time was up when it was looked at has none.
local function worth(key)
  if policy == 'allkeys-lru' then return redis.call('OBJECT', 'IDLETIME', key) or nil end
  local uses = redis.call('OBJECT', 'FREQ', key)
  return uses and -uses or nil
end

local function candidate()
  local found, best
  for _ = 1, policy == 'allkeys-random' and 1 or SAMPLES do
    local key = redis.call('RANDOMKEY')
    if not key then return nil end
    if policy == 'allkeys-random' then return key end
    local this = worth(key)
    if this and (not best or this > best) then found, best = key, this end
  end
  return found
end

local memory = redis.call('INFO', 'memory')
local counted = string.match(memory, 'used_memory:(%d+)') - string.match(memory, 'mem_not_counted_for_evict:(%d+)')
local excess, evicted = counted - limit, 0
while excess > 0 and evicted < most do
  local key = candidate()
  if not key then break end
  -- What is freed later, in the background, counts as free, or too much would go.
  excess = excess - (redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 5) or 0)
  -- As redis announces what it evicts itself: that is how the syncer tells it from a client's deletion.
  redis.call('PUBLISH', '__keyevent@0__:evicted', key)
  redis.call('UNLINK', key)
  evicted = evicted + 1
end
return { evicted, math.max(0, math.ceil(excess)) }
