"""The only composer: settings, keys, vaults become one app or command per role, with that role's keys and no others."""
