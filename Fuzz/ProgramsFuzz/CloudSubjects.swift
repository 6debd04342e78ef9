import AddressSets

private let google = #"[{"accessConfigs":[{"externalIp":"203.0.113.10","type":"ONE_TO_ONE_NAT"}],"ip":"10.128.0.2"}]"#
private let azure = """
  {"interface":[{"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.0.4","publicIpAddress":"203.0.113.10"}]}}],\
  "loadbalancer":{"publicIpAddresses":[{"frontendIpAddress":"203.0.113.11","privateIpAddress":"10.0.0.5"}]}}
  """

/// What clouds' metadata services say.
let cloudSubjects: [Subject] = [
  Subject(name: "metadata listing", seeds: bytes(["02:29:96:8f:6a:2d/\n10.12.32.13/\n", "203.0.113.10"])) {
    MetadataListing.hardwareAddresses(in: $0).count + MetadataListing.addresses(in: $0).count
  },
  Subject(name: "Google's interfaces", seeds: bytes([google])) { MetadataJSON.googleInterfaces($0)?.count ?? -1 },
  Subject(name: "Azure's addresses", seeds: bytes([azure])) {
    (MetadataJSON.azureInterfaces($0)?.count ?? -1) + (MetadataJSON.azureBalancer($0)?.count ?? -1)
  },
]
