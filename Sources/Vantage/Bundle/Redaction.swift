internal import Clues
internal import Flows

// What leaves a host in a bundle is freed of secrets: command lines and labels are where strangers' programs put them.

extension Process {
  func withoutSecrets() -> Process {
    var copy = self
    copy.command = command.map(SecretFilter.command)
    return copy
  }
}

extension Container {
  /// Without labels, but those that say what it belongs to.
  func withoutSecrets() -> Container {
    var copy = self
    let kept = labels?.filter { $0.key.hasPrefix("com.docker.compose.") || $0.key.hasPrefix("io.kubernetes.") }
    copy.labels = kept?.isEmpty == true ? nil : kept
    return copy
  }
}

extension Owner {
  func withoutSecrets() -> Owner {
    var copy = self
    copy.process = process?.withoutSecrets()
    copy.container = container?.withoutSecrets()
    return copy
  }
}

extension Inventory {
  func withoutSecrets() -> Inventory {
    var copy = self
    for index in copy.namespaces.indices {
      copy.namespaces[index].container = copy.namespaces[index].container?.withoutSecrets()
      for interface in copy.namespaces[index].interfaces.indices {
        let owner = copy.namespaces[index].interfaces[interface].deviceOwner
        copy.namespaces[index].interfaces[interface].deviceOwner = owner?.withoutSecrets()
      }
    }
    for index in copy.containers.indices {
      copy.containers[index].container = copy.containers[index].container.withoutSecrets()
    }
    return copy
  }
}

extension Interval {
  func withoutSecrets() -> Interval {
    var copy = self
    for index in copy.flows.indices { copy.flows[index].owner = copy.flows[index].owner.withoutSecrets() }
    return copy
  }
}

extension SocketListing {
  func withoutSecrets() -> SocketListing {
    var copy = self
    copy.owner = owner.withoutSecrets()
    return copy
  }
}

extension RelayAnswer {
  /// Names of backends may be URLs.
  func withoutSecrets() -> RelayAnswer {
    var copy = self
    for index in copy.backends.indices {
      copy.backends[index].name = SecretFilter.url(copy.backends[index].name)
      for server in copy.backends[index].servers.indices {
        copy.backends[index].servers[server].name = SecretFilter.url(copy.backends[index].servers[server].name)
      }
    }
    for index in copy.frontends.indices {
      copy.frontends[index].backends = copy.frontends[index].backends?.map(SecretFilter.url)
    }
    return copy
  }
}

extension RecordedAnswers {
  func withoutSecrets() -> RecordedAnswers {
    var copy = self
    copy.owners = owners.map { $0.withoutSecrets() }
    for (index, record) in sockets.enumerated() {
      if let owner = record.answer?.owner { copy.sockets[index].answer?.owner = owner.withoutSecrets() }
    }
    for (index, record) in tunnels.enumerated() {
      if let owner = record.answer?.owner { copy.tunnels[index].answer?.owner = owner.withoutSecrets() }
    }
    for index in copy.relays.indices { copy.relays[index].answer = copy.relays[index].answer?.withoutSecrets() }
    return copy
  }
}
