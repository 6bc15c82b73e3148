/** The metric families that `/metrics` exports and the history queries from Prometheus. */
export const METRIC_NAMES = {
  devices: 'pluto_devices',
  fleetHashrate: 'pluto_fleet_hashrate_hashes_per_second',
  fleetPower: 'pluto_fleet_power_watts',
  fleetEfficiency: 'pluto_fleet_efficiency_joules_per_terahash',
  hashrate: 'pluto_device_hashrate_hashes_per_second',
  power: 'pluto_device_power_watts',
  efficiency: 'pluto_device_efficiency_joules_per_terahash',
  temperature: 'pluto_device_temperature_celsius',
  inputVolts: 'pluto_device_input_volts',
  coreVolts: 'pluto_device_core_volts',
  frequency: 'pluto_device_frequency_hertz',
  fanSpeed: 'pluto_device_fan_speed_rpm',
  errorRatio: 'pluto_device_error_ratio',
  poolResponse: 'pluto_device_pool_response_seconds',
  heapFree: 'pluto_device_heap_free_bytes',
  wifiRssi: 'pluto_device_wifi_rssi_dbm'
} as const
