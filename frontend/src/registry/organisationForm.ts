/** An organisation as it is being put on record; its fields are those of the contract's NewOrganisation. */
export const emptyOrganisation = () => ({
  name: '',
  uscc: '',
  regionCode: '',
  address: '',
  legalRepresentative: '',
  contact: '',
  phone: '',
  email: '',
});
export type OrganisationForm = ReturnType<typeof emptyOrganisation>;
